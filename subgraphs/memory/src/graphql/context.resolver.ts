import { requireId } from '@agentos/kernel';
import { change, Guard } from '@agentos/subgraph-kit';
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { Context } from '../domain/context.js';
import type { ContextMerging } from '../service/context-merging.js';
import type { ContextService } from '../service/context-service.js';
import { ContextObject, CreateContextInput, MergeContextsInput, MergeContextsPayload } from './context.type.js';
import type { MemoryContext } from './loaders.js';
import { ProjectReference, SessionReference } from './references.type.js';

@Resolver(() => ContextObject)
export class ContextResolver {
  constructor(
    private readonly contexts: ContextService,
    private readonly merging: ContextMerging,
  ) {}

  @Query(() => ContextObject, { nullable: true })
  @Guard('memory:read')
  memoryContext(@Arg('id', () => ID) id: string, @Ctx() ctx: MemoryContext) {
    return ctx.loaders.context.load(requireId(id, 'ctx', 'id'));
  }

  @Query(() => [ContextObject], { description: 'The newest first.' })
  @Guard('memory:read')
  memoryContexts(
    @Ctx() ctx: MemoryContext,
    @Arg('projectId', () => ID, { nullable: true }) projectId: string | null | undefined,
    @Arg('first', () => Int, { nullable: true, defaultValue: 50 }) first: number | null,
  ) {
    return this.contexts.list(ctx.request, { projectId: projectId ?? undefined, first: first ?? 50 });
  }

  @Mutation(() => ContextObject)
  @Guard('memory:write')
  createContext(@Arg('input', () => CreateContextInput) input: CreateContextInput, @Ctx() ctx: MemoryContext) {
    return change(() =>
      this.contexts.create(ctx.request, {
        name: input.name,
        description: input.description ?? null,
        parentId: input.parentId ?? null,
        projectId: input.projectId ?? null,
      }),
    );
  }

  @Mutation(() => SessionReference, { description: 'The session works in this context from now on.' })
  @Guard('memory:write')
  switchContext(
    @Arg('sessionId', () => ID) sessionId: string,
    @Arg('contextId', () => ID) contextId: string,
    @Ctx() ctx: MemoryContext,
  ) {
    return change(async () => {
      await this.contexts.switch(ctx.request, sessionId, contextId);
      return { id: sessionId };
    });
  }

  @Mutation(() => MergeContextsPayload, {
    description: 'Brings the memories of the sources into the target and archives the sources; nothing is removed.',
  })
  @Guard('memory:write')
  mergeContexts(@Arg('input', () => MergeContextsInput) input: MergeContextsInput, @Ctx() ctx: MemoryContext) {
    return change(() => this.merging.merge(ctx.request, input.sourceIds, input.targetId, input.strategy ?? 'KEEP_ALL'));
  }

  @FieldResolver(() => ContextObject, { nullable: true })
  parent(@Root() context: Context, @Ctx() ctx: MemoryContext) {
    return context.parentId === null ? null : ctx.loaders.context.load(context.parentId);
  }

  @FieldResolver(() => ProjectReference, { nullable: true })
  project(@Root() context: Context) {
    return context.projectId === null ? null : { id: context.projectId };
  }

  @FieldResolver(() => Int, { description: 'In this context itself, without those that nest in it.' })
  memoryCount(@Root() context: Context, @Ctx() ctx: MemoryContext) {
    return ctx.loaders.memoryCount.load(context.id);
  }
}

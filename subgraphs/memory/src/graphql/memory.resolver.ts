import { pageSize, requireId } from '@agentos/kernel';
import { change, Guard, toConnection } from '@agentos/subgraph-kit';
import { Arg, Ctx, FieldResolver, Float, ID, Int, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql';
import type { Memory, MemoryOrder } from '../domain/memory.js';
import type { Direction, RelationshipType } from '../domain/relation.js';
import { relevanceOf } from '../domain/relevance.js';
import type { Categorizing } from '../service/categorizing.js';
import type { MemoryEvent, MemoryService } from '../service/memory-service.js';
import type { RelationService } from '../service/relation-service.js';
import type { MemoryStoring, PreparedMemory, StoredMemories } from '../service/storing.js';
import { ContextObject } from './context.type.js';
import { DirectionEnum, MemoryOrderEnum, RelationshipTypeEnum } from './enums.js';
import type { MemoryContext } from './loaders.js';
import {
  MemoryFilter,
  StoreMemoryInput,
  toFilter,
  toNewMemory,
  toUpdate,
  UpdateMemoryInput,
  ValidateMemoryInput,
} from './memory.input.js';
import {
  ForgetPayload,
  MemoryChange,
  MemoryConnection,
  MemoryObject,
  MemoryRevisionObject,
  MemoryValidation,
  StoreMemoriesPayload,
} from './memory.type.js';
import { AgentReference, ProjectReference, SessionReference } from './references.type.js';
import { RelationObject } from './relation.type.js';

const reference = (id: string | null) => (id === null ? null : { id });

@Resolver(() => MemoryObject)
export class MemoryResolver {
  constructor(
    private readonly memories: MemoryService,
    private readonly storing: MemoryStoring,
    private readonly categorizing: Categorizing,
    private readonly relations: RelationService,
    private readonly now: () => Date,
  ) {}

  @Query(() => MemoryObject, { nullable: true })
  @Guard('memory:read')
  async memory(@Arg('id', () => ID) id: string, @Ctx() ctx: MemoryContext) {
    const memory = await ctx.loaders.memory.load(requireId(id, 'mem', 'id'));
    if (memory !== null) this.memories.read(ctx.request, id);
    return memory;
  }

  @Query(() => MemoryConnection, { name: 'memories' })
  @Guard('memory:read')
  async listMemories(
    @Ctx() ctx: MemoryContext,
    @Arg('filter', () => MemoryFilter, { nullable: true }) filter: MemoryFilter | null | undefined,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
    @Arg('orderBy', () => MemoryOrderEnum, { nullable: true, defaultValue: 'CREATED_AT_DESC' })
    orderBy: MemoryOrder | null,
  ) {
    const page = await this.memories.page(ctx.request, {
      filter: toFilter(filter),
      orderBy: orderBy ?? 'CREATED_AT_DESC',
      first: first ?? 20,
      after: after ?? undefined,
    });
    return toConnection(page);
  }

  @Mutation(() => MemoryObject)
  @Guard('memory:write')
  storeMemory(@Arg('input', () => StoreMemoryInput) input: StoreMemoryInput, @Ctx() ctx: MemoryContext) {
    return change<PreparedMemory[], Memory>({
      prepare: () => this.storing.prepare(ctx.request, [toNewMemory(input)], () => 'input'),
      commit: async (prepared) => (await this.storing.commit(ctx.request, prepared)).memories[0] as Memory,
    });
  }

  @Mutation(() => StoreMemoriesPayload, { description: 'Up to 1,000 at once, all or none.' })
  @Guard('memory:write')
  storeMemories(@Arg('inputs', () => [StoreMemoryInput]) inputs: StoreMemoryInput[], @Ctx() ctx: MemoryContext) {
    return change<PreparedMemory[], StoredMemories>({
      prepare: () => this.storing.prepare(ctx.request, inputs.map(toNewMemory), (i) => `inputs.${i}`),
      commit: (prepared) => this.storing.commit(ctx.request, prepared),
    });
  }

  @Mutation(() => MemoryObject, { description: 'What is not given stays as it is.' })
  @Guard('memory:write')
  updateMemory(@Arg('input', () => UpdateMemoryInput) input: UpdateMemoryInput, @Ctx() ctx: MemoryContext) {
    const update = toUpdate(input);
    return change<Float32Array | null, Memory>({
      prepare: () => this.memories.prepareUpdate(ctx.request, update),
      commit: (vector) => this.memories.update(ctx.request, update, vector),
    });
  }

  @Mutation(() => Boolean, { description: 'Whether there was one.' })
  @Guard('memory:write')
  deleteMemory(@Arg('id', () => ID) id: string, @Ctx() ctx: MemoryContext) {
    return change(() => this.memories.delete(ctx.request, id));
  }

  @Mutation(() => ForgetPayload, { description: 'Removes what the filter matches; with `dryRun` only counts it.' })
  @Guard('memory:write')
  forgetMemories(
    @Arg('filter', () => MemoryFilter) filter: MemoryFilter,
    @Ctx() ctx: MemoryContext,
    @Arg('dryRun', () => Boolean, { nullable: true, defaultValue: false }) dryRun: boolean | null,
  ) {
    return change(async () => ({
      deletedCount: await this.memories.forget(ctx.request, toFilter(filter), { dryRun: dryRun ?? false }),
    }));
  }

  @Mutation(() => MemoryObject, { description: 'Suggests and sets type and tags from the content and its neighbours.' })
  @Guard('memory:write')
  categorizeMemory(@Arg('id', () => ID) id: string, @Ctx() ctx: MemoryContext) {
    return change({
      prepare: () => this.categorizing.suggest(ctx.request, id),
      commit: (suggestion) => this.memories.update(ctx.request, { id, ...suggestion, reason: 'Categorized.' }, null),
    });
  }

  @Mutation(() => MemoryObject)
  @Guard('memory:write')
  validateMemory(@Arg('input', () => ValidateMemoryInput) input: ValidateMemoryInput, @Ctx() ctx: MemoryContext) {
    return change(() =>
      this.memories.validate(ctx.request, {
        id: input.id,
        status: input.status,
        evidence: input.evidence ?? undefined,
        executionId: input.executionId ?? undefined,
      }),
    );
  }

  @Subscription(() => MemoryChange, {
    description: 'What is stored after the cursor, then what comes; without a cursor only what comes.',
    subscribe: ({ args, context }) =>
      (context as MemoryContext).loaders.changes(
        toFilter(args['filter'] as MemoryFilter | null | undefined),
        (args['after'] as string | null | undefined) ?? undefined,
      ) as never,
  })
  @Guard('memory:read')
  memoryChanged(
    @Root() event: MemoryEvent,
    @Arg('filter', () => MemoryFilter, { nullable: true }) _filter: MemoryFilter | null | undefined,
    @Arg('after', () => String, { nullable: true }) _after: string | null | undefined,
  ) {
    return event;
  }

  @FieldResolver(() => ContextObject, { nullable: true })
  context(@Root() memory: Memory, @Ctx() ctx: MemoryContext) {
    return memory.contextId === null ? null : ctx.loaders.context.load(memory.contextId);
  }

  @FieldResolver(() => ProjectReference, { nullable: true })
  project(@Root() memory: Memory) {
    return reference(memory.projectId);
  }

  @FieldResolver(() => AgentReference, { nullable: true })
  agent(@Root() memory: Memory) {
    return reference(memory.agentId);
  }

  @FieldResolver(() => SessionReference, { nullable: true })
  session(@Root() memory: Memory) {
    return reference(memory.sessionId);
  }

  @FieldResolver(() => MemoryValidation)
  validation(@Root() memory: Memory): MemoryValidation {
    return {
      status: memory.validationStatus,
      checkedAt: memory.validatedAt,
      evidence: memory.validationEvidence,
      execution: reference(memory.validationExecutionId),
    };
  }

  @FieldResolver(() => Float, {
    description: 'Standing importance, 0 to 1, from confidence, recency, use and links; it decays.',
  })
  relevanceScore(@Root() memory: Memory) {
    return relevanceOf(memory, this.now());
  }

  @FieldResolver(() => [RelationObject], { description: 'Typed links to other memories, nearest first.' })
  relationships(
    @Root() memory: Memory,
    @Ctx() ctx: MemoryContext,
    @Arg('type', () => RelationshipTypeEnum, { nullable: true }) type: RelationshipType | null | undefined,
    @Arg('direction', () => DirectionEnum, { nullable: true, defaultValue: 'BOTH' }) direction: Direction | null,
    @Arg('depth', () => Int, { nullable: true, defaultValue: 1 }) depth: number | null,
    @Arg('first', () => Int, { nullable: true, defaultValue: 50 }) first: number | null,
  ) {
    const query = { type: type ?? null, direction: direction ?? 'BOTH', depth: depth ?? 1, first: first ?? 50 };
    return ctx.loaders.relations.load(memory.id, this.relations.check(query));
  }

  @FieldResolver(() => [MemoryRevisionObject], { description: 'The newest first.' })
  history(
    @Root() memory: Memory,
    @Ctx() ctx: MemoryContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
  ) {
    return ctx.loaders.revisions.load(memory.id, pageSize(first));
  }
}

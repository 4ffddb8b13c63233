import { pageSize } from '@agentos/kernel';
import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import type { SearchService } from '../service/search-service.js';
import { ContextObject } from './context.type.js';
import type { MemoryContext } from './loaders.js';
import { MemoryChange, MemoryObject } from './memory.type.js';
import { AgentReference, ProjectReference, SessionReference } from './references.type.js';

const description = 'The newest, or with a query those that answer it best.';

@Resolver(() => ProjectReference)
export class ProjectMemoriesResolver {
  constructor(private readonly search: SearchService) {}

  @FieldResolver(() => [MemoryObject], { name: 'memories', description })
  async listMemories(
    @Root() project: ProjectReference,
    @Ctx() ctx: MemoryContext,
    @Arg('query', () => String, { nullable: true }) query: string | null | undefined,
    @Arg('first', () => Int, { nullable: true, defaultValue: 10 }) first: number | null,
  ) {
    if (query == null) return ctx.loaders.ofProject.load(project.id, pageSize(first, 1000, 'first', 10));
    const filter = { projectId: project.id };
    const { hits } = await this.search.search(ctx.request, { query, filter, mode: 'HYBRID', first: first ?? 10 });
    return hits.map(({ memory }) => memory);
  }
}

@Resolver(() => AgentReference)
export class AgentMemoriesResolver {
  constructor(private readonly search: SearchService) {}

  @FieldResolver(() => [MemoryObject], { name: 'memories', description })
  async listMemories(
    @Root() agent: AgentReference,
    @Ctx() ctx: MemoryContext,
    @Arg('query', () => String, { nullable: true }) query: string | null | undefined,
    @Arg('first', () => Int, { nullable: true, defaultValue: 10 }) first: number | null,
  ) {
    if (query == null) return ctx.loaders.ofAgent.load(agent.id, pageSize(first, 1000, 'first', 10));
    const { hits } = await this.search.search(ctx.request, {
      query,
      filter: { agentId: agent.id },
      mode: 'HYBRID',
      first: first ?? 10,
    });
    return hits.map(({ memory }) => memory);
  }
}

@Resolver(() => SessionReference)
export class SessionContextResolver {
  @FieldResolver(() => ContextObject, { nullable: true })
  async activeContext(@Root() session: SessionReference, @Ctx() ctx: MemoryContext) {
    const id = await ctx.loaders.activeContextId.load(session.id);
    return id === null ? null : ctx.loaders.context.load(id);
  }
}

@Resolver(() => MemoryChange)
export class MemoryChangeResolver {
  @FieldResolver(() => MemoryObject, { nullable: true, description: 'As it is now; null where it is gone.' })
  memory(@Root() event: MemoryChange, @Ctx() ctx: MemoryContext) {
    // The loader lives as long as the subscription, and the memory has changed since it was last loaded.
    return event.kind === 'DELETED' ? null : ctx.loaders.memory.clear(event.memoryId).load(event.memoryId);
  }
}

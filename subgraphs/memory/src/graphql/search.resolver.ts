import { Guard } from '@agentos/subgraph-kit';
import { Arg, Ctx, Float, Int, Query, Resolver } from 'type-graphql';
import type { SearchMode } from '../domain/ranking/rank.js';
import type { ContextAssembly } from '../service/context-assembly.js';
import type { SearchService } from '../service/search-service.js';
import { SearchModeEnum } from './enums.js';
import type { MemoryContext } from './loaders.js';
import { MemoryFilter, toFilter } from './memory.input.js';
import { AssembledContext, MemorySearchResult } from './search.type.js';

@Resolver()
export class SearchResolver {
  constructor(
    private readonly search: SearchService,
    private readonly assembly: ContextAssembly,
  ) {}

  @Query(() => MemorySearchResult, { description: 'The best first; what was stored before is found.' })
  @Guard('memory:read')
  searchMemories(
    @Ctx() ctx: MemoryContext,
    @Arg('query', () => String) query: string,
    @Arg('filter', () => MemoryFilter, { nullable: true }) filter: MemoryFilter | null | undefined,
    @Arg('mode', () => SearchModeEnum, { nullable: true, defaultValue: 'HYBRID' }) mode: SearchMode | null,
    @Arg('first', () => Int, { nullable: true, defaultValue: 10 }) first: number | null,
    @Arg('minScore', () => Float, { nullable: true }) minScore: number | null | undefined,
  ) {
    return this.search.search(ctx.request, {
      query,
      filter: toFilter(filter),
      mode: mode ?? 'HYBRID',
      first: first ?? 10,
      minScore: minScore ?? undefined,
    });
  }

  @Query(() => AssembledContext, {
    description: 'The memories that answer best, in the order in which things happened.',
  })
  @Guard('memory:read')
  assembleContext(
    @Ctx() ctx: MemoryContext,
    @Arg('query', () => String) query: string,
    @Arg('filter', () => MemoryFilter, { nullable: true }) filter: MemoryFilter | null | undefined,
    @Arg('tokenBudget', () => Int, { nullable: true, defaultValue: 2000 }) tokenBudget: number | null,
  ) {
    return this.assembly.assemble(ctx.request, { query, filter: toFilter(filter), tokenBudget: tokenBudget ?? 2000 });
  }
}

import type { RequestContext } from '@agentos/kernel';
import type { Platform } from '@agentos/platform';
import { buildSubgraph, type SubgraphModule } from '@agentos/subgraph-kit';
import { CachingEmbedder } from './adapters/caching-embedder.js';
import { GptTokenCounter } from './adapters/gpt-token-counter.js';
import { MiniLmEmbedder } from './adapters/minilm-embedder.js';
import { ContextResolver } from './graphql/context.resolver.js';
import { createLoaders, type MemoryContext } from './graphql/loaders.js';
import { MemoryResolver } from './graphql/memory.resolver.js';
import {
  AgentMemoriesResolver,
  MemoryChangeResolver,
  ProjectMemoriesResolver,
  SessionContextResolver,
} from './graphql/references.resolver.js';
import { RelationResolver } from './graphql/relation.resolver.js';
import { SearchResolver } from './graphql/search.resolver.js';
import { AccessLog } from './service/access-log.js';
import { Categorizing } from './service/categorizing.js';
import { ContextAssembly } from './service/context-assembly.js';
import { ContextMerging } from './service/context-merging.js';
import { ContextService } from './service/context-service.js';
import { MemoryEmbedding } from './service/memory-embedding.js';
import { MemoryService } from './service/memory-service.js';
import type { Embedder } from './service/ports.js';
import { RelationService } from './service/relation-service.js';
import { ResidentIndex } from './service/resident-index.js';
import { SearchService } from './service/search-service.js';
import { MemoryStoring } from './service/storing.js';
import { Upkeep } from './service/upkeep.js';
import { CandidateStore } from './store/candidate-store.js';

export interface MemoryModuleOptions {
  /** @default MiniLM in a worker thread, with a cache */
  readonly embedder?: Embedder | undefined;
  /** Up to how many memories of one tenant are kept in the process for searching; 0 leaves all to the database. @default 5_000 */
  readonly residentMemories?: number | undefined;
}

/** What agents have learned, and how they find it again. */
export function createMemoryModule(platform: Platform, options: MemoryModuleOptions = {}): SubgraphModule {
  const { db, outbox, clock, logger } = platform;
  const embedder = options.embedder ?? new CachingEmbedder(new MiniLmEmbedder());
  const candidates = new CandidateStore();
  const embedding = new MemoryEmbedding(db, candidates, embedder, logger);
  const accesses = new AccessLog(db, clock, logger);
  const memories = new MemoryService(db, outbox, clock, embedding, accesses);
  const storing = new MemoryStoring(db, outbox, clock, embedding);
  const resident = new ResidentIndex(db, candidates, embedder.model, options.residentMemories ?? 5_000);
  const search = new SearchService(db, clock, candidates, resident, embedding, accesses, platform.metrics);
  const assembly = new ContextAssembly(search, new GptTokenCounter());
  const categorizing = new Categorizing(db, clock, candidates, search);
  const relations = new RelationService(db, clock);
  const contexts = new ContextService(db, clock);
  const merging = new ContextMerging(db, outbox, clock);
  const upkeep = new Upkeep(db, outbox, clock, embedder, logger);
  const built = buildSubgraph(
    {
      name: 'memory',
      resolvers: [
        MemoryResolver,
        SearchResolver,
        RelationResolver,
        ContextResolver,
        MemoryChangeResolver,
        ProjectMemoriesResolver,
        AgentMemoriesResolver,
        SessionContextResolver,
      ],
      container: new Map<unknown, unknown>([
        [MemoryResolver, new MemoryResolver(memories, storing, categorizing, relations, () => clock.now())],
        [SearchResolver, new SearchResolver(search, assembly)],
        [RelationResolver, new RelationResolver(relations)],
        [ContextResolver, new ContextResolver(contexts, merging)],
        [MemoryChangeResolver, new MemoryChangeResolver()],
        [ProjectMemoriesResolver, new ProjectMemoriesResolver(search)],
        [AgentMemoriesResolver, new AgentMemoriesResolver(search)],
        [SessionContextResolver, new SessionContextResolver()],
      ]),
      references: {
        Memory: ({ id }, { loaders }: MemoryContext) => loaders.memory.load(id),
        MemoryContext: ({ id }, { loaders }: MemoryContext) => loaders.context.load(id),
        Project: ({ id }) => ({ id }),
        Agent: ({ id }) => ({ id }),
        Session: ({ id }) => ({ id }),
      },
    },
    platform,
  );
  return {
    ...built,
    loaders: (request: RequestContext) => createLoaders(request, { memories, relations, contexts }),
    start: async () => {
      accesses.start();
      upkeep.start();
      void embedder.warm();
    },
    stop: async () => {
      await upkeep.stop();
      await accesses.stop();
      await embedder.close();
    },
  };
}

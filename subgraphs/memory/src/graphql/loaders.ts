import type { RequestContext } from '@agentos/kernel';
import { loaderById, type SubgraphContext } from '@agentos/subgraph-kit';
import DataLoader from 'dataloader';
import type { Memory, MemoryRevision } from '../domain/memory.js';
import type { Relation, RelationQuery } from '../domain/relation.js';
import type { ContextService } from '../service/context-service.js';
import type { GivenFilter } from '../service/memory-filter.js';
import type { MemoryService } from '../service/memory-service.js';
import type { RelationService } from '../service/relation-service.js';

export interface LoadedServices {
  readonly memories: MemoryService;
  readonly relations: RelationService;
  readonly contexts: ContextService;
}

export function createLoaders(request: RequestContext, { memories, relations, contexts }: LoadedServices) {
  return {
    memory: loaderById((ids) => memories.findByIds(request, ids)),
    context: loaderById((ids) => contexts.findByIds(request, ids)),
    memoryCount: new DataLoader<string, number>(async (ids) => {
      const counts = await contexts.memoryCounts(request, ids);
      return ids.map((id) => counts.get(id) ?? 0);
    }),
    activeContextId: new DataLoader<string, string | null>(async (ids) => {
      const active = await contexts.activeOfSessions(request, ids);
      return ids.map((id) => active.get(id) ?? null);
    }),
    revisions: listLoader<number, MemoryRevision>(
      (ids, first) => memories.history(request, ids, first),
      (revision) => revision.memoryId,
    ),
    relations: listLoader<RelationQuery, Relation & { rootId: string }>(
      (ids, query) => relations.reachableFromEach(request, ids, query),
      (relation) => relation.rootId,
    ),
    ofProject: listLoader<number, Memory>(
      (ids, first) => memories.newestOfEach(request, 'project_id', ids, first),
      (memory) => memory.projectId,
    ),
    ofAgent: listLoader<number, Memory>(
      (ids, first) => memories.newestOfEach(request, 'agent_id', ids, first),
      (memory) => memory.agentId,
    ),
    /** Not a loader: a subscription's resolver reaches the service by its context alone. */
    changes: (filter: GivenFilter, after: string | undefined) => memories.changes(request, filter, after),
  };
}

/** Lists that belong to ids; fields with the same arguments are asked for together. */
function listLoader<Arguments, T>(
  find: (ids: readonly string[], args: Arguments) => Promise<readonly T[]>,
  ownerOf: (item: T) => string | null,
): { load(id: string, args: Arguments): Promise<T[]> } {
  const loaders = new Map<string, DataLoader<string, T[]>>();
  return {
    load(id, args) {
      const key = JSON.stringify(args);
      let loader = loaders.get(key);
      if (loader === undefined) {
        loader = new DataLoader<string, T[]>(
          async (ids) => {
            const lists = new Map<string | null, T[]>(ids.map((one) => [one, []]));
            for (const item of await find(ids, args)) lists.get(ownerOf(item))?.push(item);
            return ids.map((one) => lists.get(one) ?? []);
          },
          { maxBatchSize: 1000 },
        );
        loaders.set(key, loader);
      }
      return loader.load(id);
    },
  };
}

export type MemoryContext = SubgraphContext<ReturnType<typeof createLoaders>>;

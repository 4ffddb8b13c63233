import { badInput, type Clock, newId, notFound, pageSize, type RequestContext, requireId } from '@agentos/kernel';
import type { Database } from '@agentos/platform';
import { requireShare } from '../domain/new-memory.js';
import { maxDepth, type Relation, type RelationQuery, type RelationshipType } from '../domain/relation.js';
import { memoryStore } from '../store/memory-store.js';
import { type ReachedRelation, relationStore } from '../store/relation-store.js';

export interface NewRelation {
  readonly fromId: string;
  readonly toId: string;
  readonly type: RelationshipType;
  readonly weight: number;
}

/** Typed links between memories. */
export class RelationService {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Links two memories; the same link again only gets the new weight.
   * @throws AgentOSError BAD_USER_INPUT; NOT_FOUND where either memory is missing
   */
  async relate(ctx: RequestContext, link: NewRelation): Promise<Relation> {
    requireId(link.fromId, 'mem', 'input.fromId');
    requireId(link.toId, 'mem', 'input.toId');
    requireShare(link.weight, 'input.weight');
    if (link.fromId === link.toId) throw badInput('A memory is not related to itself.', 'input.toId');
    return this.db.transaction(ctx, async (manager) => {
      // Locked in one order, so that links in both directions at once do not wait for each other.
      for (const id of [link.fromId, link.toId].sort()) {
        if ((await memoryStore.lock(manager, id, this.clock.now())) === null) throw notFound('memory', id);
      }
      const known = await relationStore.find(manager, link);
      if (known !== null) {
        await relationStore.reweigh(manager, known.id, link.weight);
        return { ...known, weight: link.weight };
      }
      const relation: Relation = { ...link, id: newId('rel'), tenantId: ctx.tenantId, createdAt: this.clock.now() };
      await relationStore.insert(manager, relation);
      return relation;
    });
  }

  /** Whether there was one. */
  async unrelate(ctx: RequestContext, id: string): Promise<boolean> {
    requireId(id, 'rel', 'id');
    return this.db.transaction(ctx, (manager) => relationStore.delete(manager, id));
  }

  /** @throws AgentOSError BAD_USER_INPUT for a depth or number out of range */
  check(query: RelationQuery): RelationQuery {
    if (query.depth < 1 || query.depth > maxDepth) throw badInput(`depth must be between 1 and ${maxDepth}.`, 'depth');
    pageSize(query.first);
    return query;
  }

  reachableFromEach(
    ctx: RequestContext,
    memoryIds: readonly string[],
    query: RelationQuery,
  ): Promise<ReachedRelation[]> {
    return this.db.read(ctx, (manager) => relationStore.reachableFromEach(manager, memoryIds, query));
  }
}

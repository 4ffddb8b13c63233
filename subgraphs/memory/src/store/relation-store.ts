import type { EntityManager } from 'typeorm';
import type { Relation, RelationQuery } from '../domain/relation.js';
import { relationEntity } from './memory-schema.js';

/** A relation as it was reached from one of the memories that were asked about. */
export interface ReachedRelation extends Relation {
  readonly rootId: string;
}

/** Links between memories. */
export const relationStore = {
  async insert(manager: EntityManager, relation: Relation): Promise<void> {
    await manager.insert(relationEntity, relation);
    await manager.query('update memory set link_count = link_count + 1 where id = any($1::text[])', [
      [relation.fromId, relation.toId],
    ]);
  },

  async find(manager: EntityManager, link: Pick<Relation, 'fromId' | 'toId' | 'type'>): Promise<Relation | null> {
    return manager.findOneBy(relationEntity, { fromId: link.fromId, toId: link.toId, type: link.type });
  },

  async reweigh(manager: EntityManager, id: string, weight: number): Promise<void> {
    await manager.update(relationEntity, { id }, { weight });
  },

  /** Whether there was one. */
  async delete(manager: EntityManager, id: string): Promise<boolean> {
    const relation = await manager.findOneBy(relationEntity, { id });
    if (relation === null) return false;
    await manager.delete(relationEntity, { id });
    await manager.query('update memory set link_count = link_count - 1 where id = any($1::text[])', [
      [relation.fromId, relation.toId],
    ]);
    return true;
  },

  /**
   * The relations within `depth` links of each memory, the nearest first, each once however many ways lead to it. The walk
   * keeps places, not paths: a circle only comes to a place again later, which adds nothing, and a dense net stays small.
   */
  async reachableFromEach(
    manager: EntityManager,
    memoryIds: readonly string[],
    query: RelationQuery,
  ): Promise<ReachedRelation[]> {
    const out = 'select r.*, r.to_id as next from memory_relation r where r.from_id = w.at';
    const into = 'select r.*, r.from_id as next from memory_relation r where r.to_id = w.at';
    const step = { OUT: out, IN: into, BOTH: `${out} union all ${into}` }[query.direction];
    return manager.query(
      `with recursive walk (root, at, depth) as (
         select o.id, o.id, 0 from unnest($1::text[]) as o(id)
         union
         select w.root, s.next, w.depth + 1 from walk w cross join lateral (${step}) s
          where w.depth < $2 - 1 and ($3::text is null or s.type = $3)
       ), reached as (
         select w.root, s.id, min(w.depth) as depth from walk w cross join lateral (${step}) s
          where $3::text is null or s.type = $3 group by w.root, s.id
       ), ordered as (
         select d.root, r.*, row_number() over (partition by d.root order by d.depth, r.weight desc, r.id) as place
           from reached d join memory_relation r on r.id = d.id
       )
       select root as "rootId", id, tenant_id as "tenantId", type, weight, from_id as "fromId", to_id as "toId", created_at as "createdAt"
         from ordered where place <= $4 order by root, place`,
      [[...memoryIds], query.depth, query.type, query.first],
    );
  },
};

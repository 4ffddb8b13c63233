import type { EntityManager } from 'typeorm';
import type { Context } from '../domain/context.js';
import { contextEntity } from './memory-schema.js';

const nestingLimit = 64; // deeper trees are somebody's mistake

/** Contexts, and which one each session works in. */
export const contextStore = {
  async insert(manager: EntityManager, context: Context): Promise<void> {
    await manager.insert(contextEntity, context);
  },

  async findByIds(manager: EntityManager, ids: readonly string[]): Promise<Context[]> {
    return manager
      .createQueryBuilder(contextEntity, 'c')
      .where('c.id = any(:ids)', { ids: [...ids] })
      .getMany();
  },

  /**
   * Held until the transaction ends. Who stores into contexts shares them; who merges them takes them alone, so that
   * nothing is stored into a context that is being emptied.
   */
  async lock(manager: EntityManager, ids: readonly string[], how: 'share' | 'alone'): Promise<Context[]> {
    return manager
      .createQueryBuilder(contextEntity, 'c')
      .where('c.id = any(:ids)', { ids: [...ids] })
      .orderBy('c.id')
      .setLock(how === 'share' ? 'pessimistic_read' : 'pessimistic_write')
      .getMany();
  },

  /** What was in the sources, or nested in them, or worked in by a session, is the target's from now on. */
  async absorb(manager: EntityManager, targetId: string, sourceIds: readonly string[], at: Date): Promise<void> {
    const sources = [...sourceIds];
    await manager.query('update memory_context set parent_id = $1 where parent_id = any($2::text[]) and id <> $1', [
      targetId,
      sources,
    ]);
    await manager.query('update session_context set context_id = $1 where context_id = any($2::text[])', [
      targetId,
      sources,
    ]);
    await manager.query('update memory_context set archived_at = $2 where id = any($1::text[])', [sources, at]);
  },

  /** The newest first. */
  async list(manager: EntityManager, filter: { projectId?: string | undefined }, first: number): Promise<Context[]> {
    const query = manager.createQueryBuilder(contextEntity, 'c').orderBy('c.id', 'DESC').limit(first);
    if (filter.projectId !== undefined) query.where('c.project_id = :projectId', { projectId: filter.projectId });
    return query.getMany();
  },

  /** The context and all that nest in it. */
  async withNested(manager: EntityManager, id: string): Promise<string[]> {
    const rows: { id: string }[] = await manager.query(
      `with recursive tree (id, depth) as (
         select id, 0 from memory_context where id = $1
         union all select c.id, t.depth + 1 from memory_context c join tree t on c.parent_id = t.id where t.depth < ${nestingLimit}
       ) select distinct id from tree`,
      [id],
    );
    return rows.map((row) => row.id);
  },

  async depthOf(manager: EntityManager, id: string): Promise<number> {
    const rows: { depth: number }[] = await manager.query(
      `with recursive up (id, parent_id, depth) as (
         select id, parent_id, 1 from memory_context where id = $1
         union all select c.id, c.parent_id, u.depth + 1 from memory_context c join up u on c.id = u.parent_id where u.depth <= ${nestingLimit}
       ) select max(depth) as depth from up`,
      [id],
    );
    return rows[0]?.depth ?? 0;
  },

  async memoryCounts(manager: EntityManager, ids: readonly string[], now: Date): Promise<Map<string, number>> {
    const rows: { context_id: string; count: number }[] = await manager.query(
      `select context_id, count(*)::int as count from memory where context_id = any($1::text[])
         and (expires_at is null or expires_at > $2) group by context_id`,
      [[...ids], now],
    );
    return new Map(rows.map((row) => [row.context_id, row.count]));
  },

  async switchSession(
    manager: EntityManager,
    tenantId: string,
    sessionId: string,
    contextId: string,
    at: Date,
  ): Promise<void> {
    await manager.query(
      `insert into session_context (tenant_id, session_id, context_id, switched_at) values ($1, $2, $3, $4)
       on conflict (tenant_id, session_id) do update set context_id = excluded.context_id, switched_at = excluded.switched_at`,
      [tenantId, sessionId, contextId, at],
    );
  },

  async activeOfSessions(manager: EntityManager, sessionIds: readonly string[]): Promise<Map<string, string>> {
    const rows: { session_id: string; context_id: string }[] = await manager.query(
      'select session_id, context_id from session_context where session_id = any($1::text[])',
      [[...sessionIds]],
    );
    return new Map(rows.map((row) => [row.session_id, row.context_id]));
  },
};

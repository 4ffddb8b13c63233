import type { EntityManager } from 'typeorm';
import { type Agent, type AgentStatus, lastSeenRange } from '../domain/agent.js';
import { agentEntity } from './agents-schema.js';

export interface AgentFilter {
  readonly capability?: string | undefined;
  readonly status?: AgentStatus | undefined;
}

/** Queries over agents; the transaction it is given names the tenant. */
export const agentStore = {
  /** Inserts, or brings the agent of that name back with what is given now. */
  async upsert(manager: EntityManager, agent: Agent): Promise<Agent> {
    const rows: { id: string }[] = await manager.query(
      `insert into agent (id, tenant_id, name, kind, capabilities, last_seen_at, created_at) values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (tenant_id, name) do update set kind = excluded.kind, capabilities = excluded.capabilities,
         last_seen_at = excluded.last_seen_at, retired_at = null
       returning id`,
      [agent.id, agent.tenantId, agent.name, agent.kind, agent.capabilities, agent.lastSeenAt, agent.createdAt],
    );
    return manager.findOneByOrFail(agentEntity, { id: (rows[0] as { id: string }).id });
  },

  async findByIds(manager: EntityManager, ids: readonly string[]): Promise<Agent[]> {
    return manager
      .createQueryBuilder(agentEntity, 'a')
      .where('a.id = any(:ids)', { ids: [...ids] })
      .getMany();
  },

  async update(
    manager: EntityManager,
    id: string,
    change: Partial<Pick<Agent, 'lastSeenAt' | 'retiredAt'>>,
  ): Promise<Agent | null> {
    await manager.update(agentEntity, { id }, change);
    return manager.findOneBy(agentEntity, { id });
  },

  async list(manager: EntityManager, filter: AgentFilter, now: Date, first: number): Promise<Agent[]> {
    const query = manager.createQueryBuilder(agentEntity, 'a').orderBy('a.id', 'DESC').limit(first);
    if (filter.capability !== undefined)
      query.andWhere('a.capabilities @> array[:capability]', { capability: filter.capability });
    if (filter.status === 'RETIRED') {
      query.andWhere('a.retired_at is not null');
    } else if (filter.status !== undefined) {
      const { after, upTo } = lastSeenRange(filter.status, now);
      query.andWhere('a.retired_at is null');
      if (after !== null) query.andWhere('a.last_seen_at > :after', { after });
      if (upTo !== null) query.andWhere('(a.last_seen_at is null or a.last_seen_at <= :upTo)', { upTo });
    }
    return query.getMany();
  },
};

import type { EntityManager } from 'typeorm';
import type { ApiKey } from '../domain/api-key.js';
import { apiKeyEntity } from './security-schema.js';

/** Queries over API keys; the transaction it is given names the tenant. */
export const apiKeyStore = {
  async insert(manager: EntityManager, key: ApiKey): Promise<ApiKey> {
    await manager.insert(apiKeyEntity, key);
    return key;
  },

  /** Locked until the commit, so that two rotations of one key come one after the other. */
  async findForChange(manager: EntityManager, id: string): Promise<ApiKey | null> {
    return manager.createQueryBuilder(apiKeyEntity, 'k').setLock('pessimistic_write').where({ id }).getOne();
  },

  async update(
    manager: EntityManager,
    id: string,
    change: Partial<Pick<ApiKey, 'expiresAt' | 'revokedAt'>>,
  ): Promise<void> {
    await manager.update(apiKeyEntity, { id }, change);
  },

  /** The newest first: ids grow with time. */
  async list(manager: EntityManager, filter: { principalId?: string | undefined; first: number }): Promise<ApiKey[]> {
    const query = manager.createQueryBuilder(apiKeyEntity, 'k').orderBy('k.id', 'DESC').limit(filter.first);
    if (filter.principalId !== undefined)
      query.where('k.principal_id = :principalId', { principalId: filter.principalId });
    return query.getMany();
  },

  async recordUse(manager: EntityManager, uses: ReadonlyMap<string, Date>): Promise<void> {
    await manager.query(
      `update api_key k set last_used_at = greatest(k.last_used_at, u.at)
       from unnest($1::text[], $2::timestamptz[]) as u(id, at) where k.id = u.id`,
      [[...uses.keys()], [...uses.values()]],
    );
  },
};

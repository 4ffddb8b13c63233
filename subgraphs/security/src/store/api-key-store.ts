import type { EntityManager } from 'typeorm';

/** Queries over API keys; the transaction it is given names the tenant. */
export const apiKeyStore = {
  async recordUse(manager: EntityManager, uses: ReadonlyMap<string, Date>): Promise<void> {
    await manager.query(
      `update api_key k set last_used_at = greatest(k.last_used_at, u.at)
       from unnest($1::text[], $2::timestamptz[]) as u(id, at) where k.id = u.id`,
      [[...uses.keys()], [...uses.values()]],
    );
  },
};

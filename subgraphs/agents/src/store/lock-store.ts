import type { EntityManager } from 'typeorm';
import type { Lock } from '../domain/lock.js';

const columns = 'name, holder, fencing_token::text as "fencingToken", expires_at as "expiresAt"';

/** Queries over locks; the transaction it is given names the tenant. */
export const lockStore = {
  /**
   * Takes the lock where it is free or its lease has ended; its holder's own lease is prolonged under the same token.
   * Null where another holds it.
   */
  async acquire(
    manager: EntityManager,
    lock: { tenantId: string; name: string; holder: string; leaseMs: number },
  ): Promise<Lock | null> {
    const rows: Lock[] = await manager.query(
      `insert into agent_lock as l (tenant_id, name, holder, fencing_token, expires_at)
       values ($1, $2, $3, nextval('fencing_token'), clock_timestamp() + make_interval(secs => $4::double precision / 1000))
       on conflict (tenant_id, name) do update set holder = excluded.holder,
         fencing_token = case when l.holder = excluded.holder and l.expires_at > clock_timestamp() then l.fencing_token else nextval('fencing_token') end,
         expires_at = clock_timestamp() + make_interval(secs => $4::double precision / 1000)
       where l.expires_at <= clock_timestamp() or l.holder = excluded.holder
       returning ${columns}`,
      [lock.tenantId, lock.name, lock.holder, lock.leaseMs],
    );
    return rows[0] ?? null;
  },

  /** Null where nobody holds it. */
  async find(manager: EntityManager, name: string): Promise<Lock | null> {
    const rows: Lock[] = await manager.query(
      `select ${columns} from agent_lock where name = $1 and expires_at > clock_timestamp()`,
      [name],
    );
    return rows[0] ?? null;
  },

  /** False where the lease has ended or another holds it. */
  async release(manager: EntityManager, name: string, fencingToken: string): Promise<boolean> {
    const rows: [{ live: boolean }[], number] = await manager.query(
      'delete from agent_lock where name = $1 and fencing_token = $2 returning expires_at > clock_timestamp() as live',
      [name, fencingToken],
    );
    return rows[0][0]?.live === true;
  },

  /** Of all tenants: rows of locks that nobody has held for an hour. */
  async sweep(manager: EntityManager): Promise<void> {
    await manager.query(`delete from agent_lock where expires_at < clock_timestamp() - interval '1 hour'`);
  },
};

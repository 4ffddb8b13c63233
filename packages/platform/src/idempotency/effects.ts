import { deserialize, serialize } from 'node:v8';
import { conflict, type RequestContext } from '@agentos/kernel';
import type { EntityManager } from 'typeorm';

/** The key is taken by another request. */
export const otherBodyConflict = () =>
  conflict('This Idempotency-Key was used before with another request; take a new key for a new request.');

/**
 * Does `work` once for the request's idempotency key, in the transaction that `manager` is of: the record of the
 * effect and the effect are committed together or not at all, so no crash can part them. A repetition gets the first
 * result; one that comes while the first still runs waits for it.
 * @param path tells the root fields of one request apart
 * @throws AgentOSError CONFLICT where the key was used with another request
 */
export async function onceOnly<T>(
  manager: EntityManager,
  ctx: RequestContext,
  path: string,
  work: () => Promise<T>,
): Promise<T> {
  if (ctx.idempotency === undefined) return work();
  const { key, fingerprint } = ctx.idempotency;
  const id = [ctx.tenantId, ctx.principal.id, key, path];
  const inserted: unknown[] = await manager.query(
    `insert into idempotency_effect (tenant_id, principal_id, key, path, fingerprint) values ($1, $2, $3, $4, $5)
     on conflict do nothing returning 1`,
    [...id, fingerprint],
  );
  if (inserted.length === 0) {
    const [first] = (await manager.query(
      'select fingerprint, result from idempotency_effect where tenant_id = $1 and principal_id = $2 and key = $3 and path = $4',
      id,
    )) as [{ fingerprint: string; result: Buffer }];
    if (first.fingerprint !== fingerprint) throw otherBodyConflict();
    return deserialize(first.result) as T;
  }
  const result = await work();
  await manager.query(
    'update idempotency_effect set result = $5 where tenant_id = $1 and principal_id = $2 and key = $3 and path = $4',
    [...id, serialize(result)],
  );
  return result;
}

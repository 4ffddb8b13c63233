import type { RequestContext } from '@agentos/kernel';
import type { Database } from '../sql/index.js';
import { otherBodyConflict } from './effects.js';

const keepHours = 24;

/** The whole answers to requests with an `Idempotency-Key`, kept for a day, so that a repetition gets the same. */
export class IdempotentResponses {
  constructor(private readonly db: Database) {}

  /**
   * The answer given before, if any; otherwise the key is taken for this request.
   * @throws AgentOSError CONFLICT where the key was used with another request
   */
  async find(ctx: RequestContext): Promise<string | undefined> {
    const { key, fingerprint } = ctx.idempotency as NonNullable<RequestContext['idempotency']>;
    const rows: { fingerprint: string; response: string | null }[] = await this.db.transaction(ctx, async (manager) => {
      await manager.query(
        'insert into idempotency_response (tenant_id, principal_id, key, fingerprint) values ($1, $2, $3, $4) on conflict do nothing',
        [ctx.tenantId, ctx.principal.id, key, fingerprint],
      );
      return manager.query(
        'select fingerprint, response from idempotency_response where tenant_id = $1 and principal_id = $2 and key = $3',
        [ctx.tenantId, ctx.principal.id, key],
      );
    });
    const [row] = rows;
    if (row !== undefined && row.fingerprint !== fingerprint) throw otherBodyConflict();
    return row?.response ?? undefined;
  }

  async keep(ctx: RequestContext, response: string): Promise<void> {
    await this.db.transaction(ctx, (manager) =>
      manager.query(
        `update idempotency_response set response = $4
          where tenant_id = $1 and principal_id = $2 and key = $3 and response is null`,
        [ctx.tenantId, ctx.principal.id, ctx.idempotency?.key, response],
      ),
    );
  }

  /** Forgets keys that are older than a day. */
  async sweep(): Promise<void> {
    await this.db.system(async (manager) => {
      for (const table of ['idempotency_effect', 'idempotency_response']) {
        await manager.query(`delete from ${table} where created_at < now() - interval '${keepHours} hours'`);
      }
    });
  }
}

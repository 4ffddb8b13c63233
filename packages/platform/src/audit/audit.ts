import { type Clock, newId, type RequestContext } from '@agentos/kernel';
import type { EntityManager } from 'typeorm';
import type { Database } from '../sql/index.js';
import type { AuditLine } from './audit-line.js';

export interface NewAuditLine {
  readonly type: string;
  readonly action: string;
  readonly resource?: string | undefined;
  readonly outcome: AuditLine['outcome'];
  readonly severity?: AuditLine['severity'];
  /** Never contents or secrets. */
  readonly details?: unknown;
}

/** Appends to the tenant's chain. */
export class Audit {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * In the transaction of the change that the line tells of; call it last, since the head row of the tenant's chain
   * stays locked until the commit.
   * @returns the line's id
   */
  async append(manager: EntityManager, ctx: RequestContext, line: NewAuditLine): Promise<string> {
    const id = newId('evt');
    await manager.query('select audit_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)', [
      ctx.tenantId,
      id,
      this.clock.now().toISOString(),
      line.type,
      line.severity ?? 'INFO',
      ctx.principal.id,
      line.action,
      line.resource ?? null,
      line.outcome,
      ctx.sourceIp ?? null,
      ctx.traceId,
      line.details === undefined ? null : JSON.stringify(line.details),
    ]);
    return id;
  }

  /** A line of its own, for what changed nothing: a refusal, a failed try. */
  record(ctx: RequestContext, line: NewAuditLine): Promise<string> {
    return this.db.transaction(ctx, (manager) => this.append(manager, ctx, line));
  }
}

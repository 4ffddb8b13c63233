import { decodeCursor, type Page, pageOf } from '@agentos/kernel';
import type { AuditLine } from '@agentos/platform';
import type { EntityManager } from 'typeorm';
import type { EventSeverity, Outcome, SecurityEvent } from '../domain/security-event.js';

export interface SecurityEventFilter {
  readonly types?: readonly string[] | undefined;
  readonly severities?: readonly EventSeverity[] | undefined;
  readonly principalId?: string | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  readonly outcome?: Outcome | undefined;
}

/** Where a tenant's chain stands, in one snapshot. */
export interface ChainState {
  readonly headSequence: bigint;
  /** Null where there is no head. */
  readonly headHash: string | null;
  /** Of the newest line that is there, which should be the head's; 0 where there is none. */
  readonly lastSequence: bigint;
  /** Every tenant's first line is written as it is made. */
  readonly tenantExists: boolean;
}

type Row = Record<Exclude<keyof typeof columns, 'sequence'>, string> & { sequence: string };
const columns = {
  tenantId: 'tenant_id',
  sequence: 'seq',
  id: 'id',
  at: 'at',
  type: 'type',
  severity: 'severity',
  principalId: 'principal_id',
  action: 'action',
  resource: 'resource',
  outcome: 'outcome',
  sourceIp: 'source_ip',
  traceId: 'trace_id',
  details: 'details',
  previousHash: 'prev_hash',
  hash: 'hash',
} as const;
const selected = Object.entries(columns)
  .map(([name, column]) => `${column} as "${name}"`)
  .join(', ');

const toLine = (row: Row): AuditLine => ({ ...(row as unknown as AuditLine), sequence: BigInt(row.sequence) });

function toEvent(row: Row): SecurityEvent {
  const { tenantId: _, at, details, ...line } = toLine(row);
  return { ...line, at: new Date(at), details: details === null ? null : JSON.parse(details) };
}

/** Queries over the audit log, which the platform writes; the transaction it is given names the tenant. */
export const auditStore = {
  async findByIds(manager: EntityManager, ids: readonly string[]): Promise<SecurityEvent[]> {
    const rows: Row[] = await manager.query(`select ${selected} from audit_log where id = any($1)`, [[...ids]]);
    return rows.map(toEvent);
  },

  /** The newest first. */
  async page(
    manager: EntityManager,
    request: { filter: SecurityEventFilter; first: number; after?: string | undefined },
  ): Promise<Page<SecurityEvent>> {
    const { filter, first, after } = request;
    const values: unknown[] = [];
    const conditions: string[] = [];
    const where = (condition: string, value: unknown) => {
      if (value === undefined) return;
      values.push(value);
      conditions.push(condition.replace('?', `$${values.length}`));
    };
    where('type = any(?)', filter.types);
    where('severity = any(?)', filter.severities);
    where('principal_id = ?', filter.principalId);
    // The text of an instant, always in UTC and to the millisecond, sorts as the instants do.
    where('at >= ?', filter.from?.toISOString());
    where('at <= ?', filter.to?.toISOString());
    where('outcome = ?', filter.outcome);
    const matching = () => `audit_log where ${['true', ...conditions].join(' and ')}`;
    const [{ n }] = (await manager.query(`select count(*)::int as n from ${matching()}`, values)) as [{ n: number }];
    if (after !== undefined) where('seq < ?', decodeCursor(after, 1)[0]);
    const rows: Row[] = await manager.query(
      `select ${selected} from ${matching()} order by seq desc limit ${first + 1}`,
      values,
    );
    return pageOf(rows.map(toEvent), { first, after, totalCount: n, cursorOf: (event) => [event.sequence.toString()] });
  },

  async chainState(manager: EntityManager): Promise<ChainState> {
    const [row] = (await manager.query(
      `select (select seq from audit_head) as head, (select hash from audit_head) as hash,
         (select max(seq) from audit_log) as last, exists (select 1 from tenant) as "tenantExists"`,
    )) as [{ head: string | null; hash: string | null; last: string | null; tenantExists: boolean }];
    return {
      headSequence: BigInt(row.head ?? 0),
      headHash: row.hash,
      lastSequence: BigInt(row.last ?? 0),
      tenantExists: row.tenantExists,
    };
  },

  async hashAt(manager: EntityManager, sequence: bigint): Promise<string | undefined> {
    const rows: { hash: string }[] = await manager.query('select hash from audit_log where seq = $1', [sequence]);
    return rows[0]?.hash;
  },

  /** In order. */
  async lines(manager: EntityManager, range: { from: bigint; to: bigint; limit: number }): Promise<AuditLine[]> {
    const rows: Row[] = await manager.query(
      `select ${selected} from audit_log where seq between $1 and $2 order by seq limit $3`,
      [range.from, range.to, range.limit],
    );
    return rows.map(toLine);
  },
};

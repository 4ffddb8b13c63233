import { badInput, type Clock, type RequestContext } from '@agentos/kernel';
import type { EntityManager } from 'typeorm';
import { type Bus, type BusEvent, LaggedError } from '../bus/index.js';
import type { Database } from '../sql/index.js';

export interface NewEvent {
  readonly topic: string;
  /** The entity that the event is about; events of one key keep their order. */
  readonly key: string;
  readonly type: string;
  readonly payload: unknown;
}

const pageRows = 500;

/**
 * Events written in the transaction of the change that they tell of, so that there is never the one without the other.
 */
export class Outbox {
  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly clock: Clock,
    private readonly wakeRelay: () => void,
  ) {}

  /** Must be called inside `db.transaction`: the event is there if and only if that transaction commits. */
  async append(
    manager: EntityManager,
    ctx: Pick<RequestContext, 'tenantId' | 'traceId'>,
    events: readonly NewEvent[],
  ): Promise<void> {
    if (events.length === 0) return;
    const at = this.clock.now().toISOString();
    await manager.query(
      `insert into outbox (tenant_id, topic, key, type, payload, trace_id, created_at)
       select $1, e->>'topic', e->>'key', e->>'type', e->'payload', $2, $3 from jsonb_array_elements($4::jsonb) with ordinality as t(e, n) order by n`,
      [ctx.tenantId, ctx.traceId, at, JSON.stringify(events)],
    );
    this.db.afterCommit(this.wakeRelay);
  }

  /** The newest position in a tenant's topic, from which only what is yet to come follows. */
  async position(ctx: Pick<RequestContext, 'tenantId'>, topic: string): Promise<number> {
    const rows: { seq: string | null }[] = await this.db.read(ctx, (manager) =>
      manager.query('select max(seq) as seq from outbox where tenant_id = $1 and topic = $2', [ctx.tenantId, topic]),
    );
    return Number(rows[0]?.seq ?? 0);
  }

  /**
   * A tenant's events of a topic: those stored after `after`, then those that come, each once and in order.
   * @param options.after a `seq`; without it, only what comes from now on
   */
  async *tail(
    ctx: Pick<RequestContext, 'tenantId'>,
    topic: string,
    options: { after?: number | undefined; signal: AbortSignal },
  ): AsyncGenerator<BusEvent> {
    const stop = new AbortController();
    const signal = AbortSignal.any([options.signal, stop.signal]);
    try {
      let last = options.after ?? (await this.position(ctx, topic));
      while (!signal.aborted) {
        // Listen first, then read what is stored: what is committed in between comes by both ways and is dropped once.
        const live = this.bus.subscribe(topic, { tenantId: ctx.tenantId, signal })[Symbol.asyncIterator]();
        let next = live.next();
        // A rejection while stored rows are still being read is seen at the await below.
        next.catch(() => {});
        for (;;) {
          const stored = await this.#stored(ctx, topic, last);
          for (const event of stored) {
            last = event.seq;
            yield event;
          }
          if (stored.length < pageRows) break;
        }
        try {
          for (let result = await next; !result.done; result = await next) {
            next = live.next();
            next.catch(() => {});
            if (result.value.seq <= last) continue;
            last = result.value.seq;
            yield result.value;
          }
          if (signal.aborted) return;
        } catch (error) {
          if (!(error instanceof LaggedError)) throw error;
        }
      }
    } finally {
      stop.abort();
    }
  }

  async #stored(ctx: Pick<RequestContext, 'tenantId'>, topic: string, after: number): Promise<BusEvent[]> {
    const rows: OutboxRow[] = await this.db.read(ctx, (manager) =>
      manager.query(
        `select ${eventColumns} from outbox where tenant_id = $1 and topic = $2 and seq > $3 order by seq limit ${pageRows}`,
        [ctx.tenantId, topic, after],
      ),
    );
    return rows.map(toEvent);
  }
}

export const eventColumns = 'id, seq, tenant_id, topic, key, type, payload, created_at, trace_id';

export interface OutboxRow {
  id: string;
  seq: string;
  tenant_id: string;
  topic: string;
  key: string;
  type: string;
  payload: unknown;
  created_at: Date;
  trace_id: string | null;
}

export const toEvent = (row: OutboxRow): BusEvent => ({
  seq: Number(row.seq),
  tenantId: row.tenant_id,
  topic: row.topic,
  key: row.key,
  type: row.type,
  payload: row.payload,
  at: row.created_at.toISOString(),
  traceId: row.trace_id ?? undefined,
});

/**
 * The position that a subscription's opaque cursor stands for.
 * @throws AgentOSError BAD_USER_INPUT naming `after`
 */
export function positionOf(cursor: string): number {
  const position = Number(cursor);
  if (/^\d{1,16}$/.test(cursor) && Number.isSafeInteger(position)) return position;
  throw badInput('after is not a cursor of this subscription: pass one that an event carried.', 'after');
}

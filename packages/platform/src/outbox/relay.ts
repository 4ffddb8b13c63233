import type { Bus } from '../bus/index.js';
import type { Database } from '../sql/index.js';
import type { Logger, Metrics } from '../telemetry/index.js';
import { eventColumns, type OutboxRow, toEvent } from './outbox.js';

const batchRows = 500;
const pollMs = 1_000; // 1 second: events of other processes, and whatever a lost wake-up left behind
const keepDays = 7;
const sweepMs = 600_000; // 10 minutes

/**
 * Takes committed events out of the outbox, numbers them, and gives them to the bus: at least once, in order. One
 * relay works at a time in the whole system.
 */
export class Relay {
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #poll: NodeJS.Timeout | undefined;
  #sweptAt = 0;
  #published = 0;

  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly logger: Logger,
    private readonly metrics: Metrics,
  ) {}

  start(): void {
    this.#poll = setInterval(() => this.wake(), pollMs);
    this.#poll.unref();
    this.wake();
  }

  /** There may be something to publish. */
  readonly wake = (): void => {
    this.#again = true;
    if (this.#running !== undefined || this.#stopped) return;
    this.#running = this.#drain().finally(() => {
      this.#running = undefined;
    });
  };

  async stop(): Promise<void> {
    clearInterval(this.#poll);
    this.#stopped = true;
    await this.#running;
    await this.#drain();
  }

  async #drain(): Promise<void> {
    try {
      do {
        this.#again = false;
        // The last, empty round marks the round before it as published.
        await this.db.exclusively('outbox-relay', async () => {
          while ((await this.#publishBatch()) > 0);
        });
        await this.#sweep();
      } while (this.#again && !this.#stopped);
    } catch (error) {
      // The events stay where they are; the next poll tries again.
      this.logger.warn({ err: error }, 'events could not be published and wait in the outbox');
    }
  }

  /**
   * In one transaction: what was published last is marked so, and what is new is numbered. Publishing comes after its
   * commit, so that a subscriber who comes later finds in the outbox whatever was published before it came. After a
   * crash in between the same events are published again under the same numbers, and subscribers drop them.
   */
  async #publishBatch(): Promise<number> {
    const rows = await this.db.system(async (manager) => {
      await manager.query('update outbox set published = true where not published and seq <= $1', [this.#published]);
      await manager.query(
        `update outbox o set seq = n.seq
           from (select id, nextval('outbox_seq') as seq from (select id from outbox where seq is null order by id limit ${batchRows}) batch) n
          where o.id = n.id`,
      );
      const pending: OutboxRow[] = await manager.query(
        `select ${eventColumns} from outbox where not published and seq is not null order by seq limit ${batchRows}`,
      );
      return pending;
    });
    this.metrics.outboxPending.set(rows.length);
    if (rows.length === 0) return 0;
    await this.bus.publish(rows.map(toEvent));
    this.#published = Number(rows.at(-1)?.seq);
    return rows.length;
  }

  async #sweep(): Promise<void> {
    if (Date.now() - this.#sweptAt < sweepMs) return;
    this.#sweptAt = Date.now();
    await this.db.system((manager) =>
      manager.query(`delete from outbox where published and created_at < now() - interval '${keepDays} days'`),
    );
  }
}

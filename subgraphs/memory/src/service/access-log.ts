import type { Clock, RequestContext } from '@agentos/kernel';
import type { Database, Logger } from '@agentos/platform';
import { memoryStore } from '../store/memory-store.js';

const foldMs = 5_000; // 5 seconds
const maxPending = 10_000; // memories; more are folded at once

/**
 * Counts who reads which memory, in batches and beside the reads: a read never waits for a write. What is not yet folded
 * when the process is killed is not counted.
 */
export class AccessLog {
  #pending = new Map<string, Map<string, { count: number; at: Date }>>();
  #size = 0;
  #timer: NodeJS.Timeout | undefined;
  #folding: Promise<void> = Promise.resolve();

  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.#timer = setInterval(() => void this.fold(), foldMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.fold();
  }

  record(ctx: Pick<RequestContext, 'tenantId'>, ids: readonly string[]): void {
    const at = this.clock.now();
    const tenant = this.#pending.get(ctx.tenantId) ?? new Map<string, { count: number; at: Date }>();
    this.#pending.set(ctx.tenantId, tenant);
    for (const id of ids) {
      const known = tenant.get(id);
      if (known === undefined) this.#size += 1;
      tenant.set(id, { count: (known?.count ?? 0) + 1, at });
    }
    if (this.#size >= maxPending) void this.fold();
  }

  /** Writes down what has gathered; one fold at a time. */
  fold(): Promise<void> {
    this.#folding = this.#folding.then(async () => {
      const pending = this.#pending;
      this.#pending = new Map();
      this.#size = 0;
      for (const [tenantId, accesses] of pending) {
        const rows = [...accesses].map(([id, access]) => ({ id, ...access }));
        await this.db
          .transaction({ tenantId }, (manager) => memoryStore.foldAccesses(manager, rows))
          .catch((error) =>
            this.logger.warn({ err: error, count: rows.length }, 'reads of memories could not be counted'),
          );
      }
    });
    return this.#folding;
  }
}

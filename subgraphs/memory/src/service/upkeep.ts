import type { Clock } from '@agentos/kernel';
import type { Database, Logger, Outbox } from '@agentos/platform';
import { withoutNames } from '../domain/text/names.js';
import { embeddingStore } from '../store/embedding-store.js';
import { memoryStore } from '../store/memory-store.js';
import { tellChanges } from './memory-events.js';
import type { Embedder } from './ports.js';

const everyMs = 30_000; // 30 seconds
const batch = 64;

/** What happens to memories while nobody asks: vectors that could not be made are made, what has expired is removed. */
export class Upkeep {
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(
    private readonly db: Database,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
    private readonly embedder: Embedder,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.#timer = setInterval(() => this.#round(), everyMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  #round(): void {
    this.#running = this.#running.then(async () => {
      if (this.#stopped) return;
      try {
        await this.embedMissing();
        await this.removeExpired();
      } catch (error) {
        this.logger.warn({ err: error }, 'the upkeep of memories failed and is tried again');
      }
    });
  }

  /** Gives every memory a vector of the current model; says how many it made. */
  async embedMissing(): Promise<number> {
    let made = 0;
    const tenants = await this.db.system((manager) => embeddingStore.tenantsWithMissing(manager, this.embedder.model));
    for (const tenantId of tenants) {
      while (!this.#stopped) {
        const missing = await this.db.read({ tenantId }, (manager) =>
          embeddingStore.missing(manager, this.embedder.model, batch),
        );
        if (missing.length === 0) break;
        const vectors = await this.embedder.embed(missing.map(({ content, actors }) => withoutNames(content, actors)));
        made += await this.db.transaction({ tenantId }, (manager) =>
          embeddingStore.insertUnchanged(
            manager,
            missing.map(({ id, version }, i) => ({
              memoryId: id,
              version,
              tenantId,
              model: this.embedder.model,
              vector: vectors[i] as Float32Array,
            })),
          ),
        );
      }
    }
    return made;
  }

  /** Removes what was not read for as long as it was meant to last; says how many. */
  async removeExpired(): Promise<number> {
    let removed = 0;
    const tenants = await this.db.system((manager) => memoryStore.tenantsWithExpired(manager, this.clock.now()));
    for (const tenantId of tenants) {
      for (let found = batch; found === batch && !this.#stopped; removed += found) {
        found = await this.db.transaction({ tenantId }, async (manager) => {
          const expired = await memoryStore.deleteExpired(manager, this.clock.now(), batch);
          await tellChanges(this.outbox, manager, { tenantId, traceId: '' }, 'DELETED', expired);
          return expired.length;
        });
      }
    }
    return removed;
  }
}

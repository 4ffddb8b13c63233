import type { Database, Logger } from '@agentos/platform';
import { apiKeyStore } from '../store/api-key-store.js';

const writeEveryMs = 10_000; // 10 seconds

/** When each key was last used, gathered in memory and written in batches: a request never waits for it. */
export class LastUse {
  /** By tenant, then by key; bounded by the number of keys there are. */
  #pending = new Map<string, Map<string, Date>>();
  #writing: Promise<void> = Promise.resolve();
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly db: Database,
    private readonly logger: Logger,
  ) {
    this.#timer = setInterval(() => this.flush(), writeEveryMs);
    this.#timer.unref();
  }

  note(key: { readonly id: string; readonly tenantId: string }, at: Date): void {
    let keys = this.#pending.get(key.tenantId);
    if (keys === undefined) {
      keys = new Map();
      this.#pending.set(key.tenantId, keys);
    }
    keys.set(key.id, at);
  }

  /** One batch after the other; what a failed one held is lost, since the next use says it anew. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      const pending = this.#pending;
      this.#pending = new Map();
      for (const [tenantId, uses] of pending) {
        try {
          await this.db.transaction({ tenantId }, (manager) => apiKeyStore.recordUse(manager, uses));
        } catch (error) {
          this.logger.warn({ err: error, tenantId }, 'the last use of API keys could not be written');
        }
      }
    });
    return this.#writing;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }
}

import { rateLimited } from '@agentos/kernel';

/** Lets a few in at once and the others wait in order: what is inside takes memory that many at once do not have. */
export class Turnstile {
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  /**
   * @param places how many are inside at once
   * @param queue how many may wait
   */
  constructor(
    private readonly places: number,
    private readonly queue: number,
  ) {}

  /** @throws AgentOSError RATE_LIMITED where the queue is full; the signal's reason where it fires while waiting */
  async pass<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.#inside >= this.places) await this.#wait(signal);
    else this.#inside++;
    try {
      return await work();
    } finally {
      // The place goes to the next in the queue without being free in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#inside--;
      else next();
    }
  }

  #wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#waiting.length >= this.queue) {
      throw rateLimited('Too many projects are being read; try again.', 5_000); // 5 seconds
    }
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(enter);
    });
  }
}

import { type Isolation, isAtLeast, RUNTIME_IDS, type RuntimeId } from '../domain/execution.js';
import type { Probe, Sandbox } from './ports.js';

/** Which rung holds a runtime, or why none does. */
export type Rung =
  | { available: true; sandbox: Sandbox; version: string }
  | { available: false; because: string; isolation: Isolation };

/** What this version can run at all; the others are listed, and refused by name. */
const SERVED: readonly RuntimeId[] = ['NODEJS', 'PYTHON', 'BASH'];
const RETRY_MS = 30_000; // 30 seconds
/** A daemon that takes a connection and then says nothing must not hold everything up. */
const ANSWER_MS = 20_000;

function within<T>(work: Promise<T>, late: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(late), ANSWER_MS);
  });
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}

/**
 * The isolation ladder: for each runtime the strongest sandbox that really ran a program of it here. Asked once at
 * start, and again, at most every half minute, when a sandbox that was there does not start any more.
 */
export class Ladder {
  #rungs: Promise<Map<RuntimeId, Rung>> | null = null;
  #askedAt = 0;

  /** @param sandboxes the strongest first */
  constructor(private readonly sandboxes: readonly Sandbox[]) {}

  /** Resolves once every rung has been asked, and has removed what an earlier process left. */
  rungs(): Promise<Map<RuntimeId, Rung>> {
    this.#rungs ??= this.#sweep()
      .then(() => this.#ask())
      .catch((error: unknown) => {
        this.#rungs = null; // the next one asks again
        throw error;
      });
    return this.#rungs;
  }

  /** @throws Error when a rung could not remove what it found */
  async #sweep(): Promise<void> {
    await Promise.all(this.sandboxes.map((sandbox) => within(sandbox.sweep(), undefined)));
  }

  /** To be called when a sandbox could not be started. */
  refresh(): void {
    if (Date.now() - this.#askedAt < RETRY_MS) return;
    this.#askedAt = Date.now();
    const asking = this.#ask();
    // Until the answers are there the old ones hold.
    asking.then(
      (rungs) => {
        this.#rungs = Promise.resolve(rungs);
      },
      () => {}, // the old ones still hold
    );
  }

  async #ask(): Promise<Map<RuntimeId, Rung>> {
    this.#askedAt = Date.now();
    const found = await Promise.all(RUNTIME_IDS.map(async (id) => [id, await this.#probe(id)] as const));
    return new Map(found);
  }

  async #probe(runtime: RuntimeId): Promise<Rung> {
    const strongest = this.sandboxes[0]?.isolation ?? 'CONTAINER';
    if (!SERVED.includes(runtime)) {
      return { available: false, because: `this version of AgentOS does not run ${runtime} yet`, isolation: strongest };
    }
    const reasons: string[] = [];
    for (const sandbox of this.sandboxes) {
      const late = { available: false, because: `${sandbox.name} did not answer in ${ANSWER_MS / 1000} s` } as const;
      const probe = await within<Probe>(sandbox.probe(runtime), late);
      if (probe.available) return { available: true, sandbox, version: probe.version };
      reasons.push(probe.because);
    }
    const because = [...new Set(reasons)].join('; ') || 'no sandbox is configured';
    return { available: false, because, isolation: strongest };
  }

  /** The strongest sandbox for a runtime that is at least as strong as asked: never a weaker one. */
  async choose(runtime: RuntimeId, atLeast: Isolation | null): Promise<Rung> {
    const rung = (await this.rungs()).get(runtime);
    if (!rung) return { available: false, because: 'unknown runtime', isolation: 'CONTAINER' };
    if (!rung.available || atLeast === null || isAtLeast(rung.sandbox.isolation, atLeast)) return rung;
    return {
      available: false,
      because: `${runtime} can be held by ${rung.sandbox.isolation} here (${rung.sandbox.name}), not by ${atLeast}`,
      isolation: rung.sandbox.isolation,
    };
  }

  async close(): Promise<void> {
    await this.#rungs?.catch(() => {});
    await Promise.all(this.sandboxes.map((sandbox) => sandbox.close()));
  }
}

/** An abort signal that follows others until it is let go. */
export class LinkedAbort {
  readonly #controller = new AbortController();
  readonly #followed: { signal: AbortSignal; listener: () => void }[] = [];

  /** `AbortSignal.any` would do, but keeps what follows a long-lived signal alive in Node.js 20. */
  constructor(...signals: (AbortSignal | undefined)[]) {
    for (const signal of signals) {
      if (signal === undefined) continue;
      const listener = () => this.#controller.abort(signal.reason);
      if (signal.aborted) listener();
      allowManyListeners(signal);
      signal.addEventListener('abort', listener, { once: true });
      this.#followed.push({ signal, listener });
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  letGo(): void {
    for (const { signal, listener } of this.#followed) signal.removeEventListener('abort', listener);
  }
}

/** Node.js warns of a leak from eleven listeners on; as many calls at a time may well share one signal. */
function allowManyListeners(signal: AbortSignal): void {
  const { process } = globalThis as { process?: Partial<NodeJS.Process> };
  process?.getBuiltinModule?.('node:events').setMaxListeners(0, signal);
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../gateway/dist/main.js', import.meta.url));

/** One process of full mode: a gateway, or a subgraph alone. */
export class ServedProcess {
  #child: ChildProcess | undefined;
  #output = '';

  /** @param subgraph what to serve; the gateway where it is left out */
  constructor(
    readonly port: number,
    private readonly env: Readonly<Record<string, string | undefined>>,
    private readonly subgraph?: string,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** All that it has printed, on both streams. */
  get output(): string {
    return this.#output;
  }

  /** Starts it, and does not wait until it serves: whoever starts several starts them at once. */
  start(): void {
    const child = spawn(process.execPath, [main, 'serve', ...(this.subgraph === undefined ? [] : [this.subgraph])], {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PORT: String(this.port), ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const read = (chunk: Buffer) => {
      this.#output += chunk;
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    this.#child = child;
  }

  /** Waits until `/readyz` answers 200. */
  async ready(): Promise<void> {
    for (;;) {
      if (this.#ended) throw new Error(`${this.subgraph ?? 'The gateway'} ended before it was ready:\n${this.#output}`);
      const response = await fetch(`${this.url}/readyz`).catch(() => undefined);
      if (response?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** With no chance to tidy up. */
  async kill9(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** @returns the exit code; null where a signal had to end it */
  async stop(): Promise<number | null> {
    await this.#end('SIGTERM');
    return this.#child?.exitCode ?? null;
  }

  get #ended(): boolean {
    return this.#child === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#ended) return;
    const exited = once(this.#child as ChildProcess, 'exit');
    this.#child?.kill(signal);
    await exited;
  }
}

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** What a process of the bench says when it serves. */
export interface Listening {
  readonly port: number;
}

export interface Usage {
  /** User and system time of the process so far, in milliseconds. */
  readonly cpuMs: number;
  readonly rssMiB: number;
}

/** A process of the bench: a subgraph or a gateway, alone, so that its CPU time is its own. */
export class BenchProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly url: string;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  static async start(file: string, args: readonly string[]): Promise<BenchProcess> {
    const child = fork(new URL(file, import.meta.url), args);
    const exited = once(child, 'exit').then(([code]) => {
      throw new Error(`${file} ${args[0]} ended with ${String(code)} before it served.`);
    });
    const [message] = (await Promise.race([once(child, 'message'), exited])) as [Listening];
    exited.catch(() => {});
    return new BenchProcess(child, `http://127.0.0.1:${message.port}/graphql`);
  }

  async usage(): Promise<Usage> {
    const answer = once(this.#child, 'message');
    this.#child.send('usage');
    return ((await answer) as [Usage])[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill();
    await exited;
  }
}

/** In the child: says that it serves, and answers what it has used. */
export function serveBench(listening: Listening): void {
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuMs: (user + system) / 1_000, rssMiB: process.memoryUsage.rss() / 2 ** 20 } satisfies Usage);
  });
  process.on('disconnect', () => process.exit());
  process.send?.(listening);
}

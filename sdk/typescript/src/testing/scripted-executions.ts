import { GraphQLError } from 'graphql';

type Event = { offset: number } & Record<string, unknown>;

/** Executions that run in a test's head: what they print is what the test says. */
export class ScriptedExecutions {
  readonly started: Record<string, unknown>[] = [];
  readonly input: string[] = [];
  /** How many readers there are, as one that leaves should be gone. */
  readers = 0;
  /** Offsets that are passed over, as a faulty server might, once for each time they are in here. */
  readonly skip: number[] = [];
  /** Streams end after this offset once, with no end of the program in sight. */
  readonly completeOnceAfter = new Set<number>();
  readonly #events = new Map<string, Event[]>();
  readonly #status = new Map<string, string>();
  #wake: (() => void)[] = [];

  readonly root = {
    execute: ({ input }: { input: Record<string, unknown> }) => {
      this.started.push(input);
      const id = `exec_${this.started.length}`;
      this.#events.set(id, []);
      this.#status.set(id, 'RUNNING');
      this.status(id, 'RUNNING');
      return this.execution(id);
    },
    execution: ({ id }: { id: string }) => (this.#status.has(id) ? this.execution(id) : null),
    cancelExecution: ({ id }: { id: string }) => {
      this.status(id, 'CANCELLED');
      return this.execution(id);
    },
    sendInput: ({ text }: { text: string }) => {
      this.input.push(text);
      return true;
    },
    executionEvents: (args: { executionId: string; after: number }) => this.#read(args.executionId, args.after),
  };

  print(id: string, text: string): void {
    this.#append(id, { __typename: 'ExecutionOutput', stream: 'STDOUT', text, base64: null });
  }

  status(id: string, status: string): void {
    this.#status.set(id, status);
    this.#append(id, { __typename: 'ExecutionStatusChanged', status, execution: this.execution(id) });
  }

  execution(id: string) {
    const limits = { wallMs: 1, cpuMs: 1, memoryBytes: 1, processes: 1, diskBytes: 1, outputBytes: 1, cpus: 1 };
    const status = this.#status.get(id);
    return {
      ...{ id, status, limits, runtime: 'PYTHON', stdout: '', stderr: '', truncated: false, artifacts: [] },
      ...{ isolation: 'CONTAINER', cached: false, createdAt: '2026-01-01T00:00:00.000Z' },
      exitCode: status === 'SUCCEEDED' ? 0 : null,
    };
  }

  #append(id: string, event: Record<string, unknown>): void {
    const events = this.#events.get(id) ?? [];
    events.push({ executionId: id, offset: events.length, at: '2026-01-01T00:00:00.000Z', ...event });
    for (const wake of this.#wake.splice(0)) wake();
  }

  async *#read(id: string, after: number) {
    const events = this.#events.get(id);
    if (events === undefined) {
      throw new GraphQLError('There is none.', { extensions: { code: 'NOT_FOUND', retryable: false } });
    }
    this.readers += 1;
    try {
      for (let offset = after + 1; ; ) {
        for (; offset < events.length; offset += 1) {
          const skipped = this.skip.indexOf(offset);
          if (skipped >= 0) {
            this.skip.splice(skipped, 1);
            continue;
          }
          yield { executionEvents: events[offset] };
          if (this.completeOnceAfter.delete(offset)) return;
        }
        if (/SUCCEEDED|FAILED|CANCELLED/.test(this.#status.get(id) ?? '')) return;
        await new Promise<void>((resolve) => {
          this.#wake.push(resolve);
        });
      }
    } finally {
      this.readers -= 1;
    }
  }
}

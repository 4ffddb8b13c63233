import { AgentOSError } from './errors.js';
import { executionEvents, hasEnded } from './execution-events.js';
import {
  CancelExecutionDocument,
  ExecutionEventsDocument,
  type ExecutionEventsSubscription,
  type ExecutionFragment,
  ExecutionProgressDocument,
  GetExecutionDocument,
  SendInputDocument,
} from './generated/operations.js';
import type { ChangeOptions } from './options.js';
import type { Transport } from './transport.js';

/** One run of a program in a sandbox. Sizes are bytes, times ISO 8601; big integers are strings of digits where a number would not be exact. */
export type Execution = ExecutionFragment;
/** What happens in an execution; tell the kinds apart by `__typename`. */
export type ExecutionEvent = ExecutionEventsSubscription['executionEvents'];
/** A piece of output: `text`, or `base64` where the bytes are not UTF-8. Not a line: pieces end anywhere but in a code point. */
export type ExecutionOutput = Extract<ExecutionEvent, { __typename: 'ExecutionOutput' }>;

export interface EventsOptions {
  /** The `offset` of the last event seen. @default -1 // from the beginning */
  after?: number | undefined;
  /** Ends the reading, not the program. */
  signal?: AbortSignal | undefined;
}

/**
 * A program that was started. Iterate over it for its output as it arrives, or `wait()` for its end; both go on over
 * cut connections and restarts of the server. Leaving a loop or aborting a wait does not stop the program: `kill()` does.
 */
export class ExecutionHandle implements AsyncIterable<ExecutionOutput> {
  #execution: Execution;

  constructor(
    private readonly transport: Transport,
    execution: Execution,
  ) {
    this.#execution = execution;
  }

  get id(): string {
    return this.#execution.id;
  }

  /** The execution as last heard of. */
  get execution(): Execution {
    return this.#execution;
  }

  /** The output from the beginning to the end, each piece once and in order. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ExecutionOutput> {
    for await (const event of this.events()) if (event.__typename === 'ExecutionOutput') yield event;
  }

  /** Everything that happens: output, changes of status, samples of usage. */
  async *events({ after = -1, signal }: EventsOptions = {}): AsyncGenerator<ExecutionEvent> {
    const options = { executionId: this.id, after, signal };
    for await (const event of executionEvents(this.transport, ExecutionEventsDocument, options)) {
      if (event.__typename === 'ExecutionStatusChanged') this.#learn(event.execution);
      yield event;
    }
  }

  /**
   * Waits for the end, however long it takes.
   * @returns the execution as it ended; look at its `status`, `exitCode` and `failure`
   * @throws the signal's reason where it was aborted
   */
  async wait({ signal }: { signal?: AbortSignal | undefined } = {}): Promise<Execution> {
    if (hasEnded(this.#execution.status)) return this.#execution;
    const options = { executionId: this.id, after: -1, signal };
    for await (const event of executionEvents(this.transport, ExecutionProgressDocument, options)) {
      if (event.__typename !== 'ExecutionStatusChanged') continue;
      this.#learn(event.execution);
      if (hasEnded(event.status)) return this.#execution;
    }
    return this.refresh({ signal });
  }

  /** Ends the program. One that has ended stays as it is. */
  async kill(options?: ChangeOptions): Promise<Execution> {
    const { cancelExecution } = await this.transport.request(CancelExecutionDocument, { id: this.id }, options);
    return this.#learn(cancelExecution);
  }

  /**
   * Writes to the program's standard input.
   * @param text UTF-8
   * @param options `end` closes the input after it
   * @returns whether the program could still take it
   */
  async sendInput(text: string, options: ChangeOptions & { end?: boolean | undefined } = {}): Promise<boolean> {
    const { end, ...change } = options;
    return (await this.transport.request(SendInputDocument, { executionId: this.id, text, end }, change)).sendInput;
  }

  /**
   * Asks the server how the execution stands.
   * @throws AgentOSError NOT_FOUND where it is no more
   */
  async refresh(options: { signal?: AbortSignal | undefined } = {}): Promise<Execution> {
    const { execution } = await this.transport.request(GetExecutionDocument, { id: this.id }, options);
    if (execution === null) throw new AgentOSError('NOT_FOUND', `There is no execution ${this.id}.`);
    return this.#learn(execution);
  }

  /** A stream that is read late tells of what was long ago: an end is not forgotten for that. */
  #learn(execution: Execution): Execution {
    if (!hasEnded(this.#execution.status) || hasEnded(execution.status)) this.#execution = execution;
    return this.#execution;
  }
}

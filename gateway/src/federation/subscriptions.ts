import type { ExecutionResult } from 'graphql';
import { errorOf, fetchFailure, subgraphFailure } from './errors.js';
import { executeOperation, type OperationRun, project, startRun } from './execute.js';
import { requestOf, takeRoot } from './fetch.js';
import type { PreparedExecution } from './operation.js';

export type ResultStream = AsyncGenerator<ExecutionResult, void, void>;

/** Subscribes to an operation whose variables have been checked. A result says why there is no stream. */
export async function subscribeOperation<C>(of: OperationRun<C>): Promise<ResultStream | ExecutionResult> {
  const { execution, renamed } = of.operation;
  if (execution.kind === 'request') return single(executeOperation(of));
  const { service } = execution.primary;
  // The subgraph learns from this signal that the stream is over even while it has no event to notice it with.
  const closing = closeWith(of.signal);
  const { signal } = closing;
  const run = startRun({ ...of, signal });
  try {
    const opening = service.subscribe(requestOf(run, execution.primary), of.context);
    const source = await run.orAborted(opening).catch((error: unknown) => {
      // It may still open after nobody waits for it.
      opening.then((late) => (isStream(late) ? late[Symbol.asyncIterator]().return?.() : undefined)).catch(() => {});
      throw error;
    });
    if (isStream(source)) return new FederatedStream({ ...of, signal }, execution, source, closing);
    return {
      errors: (source.errors ?? []).map((error) =>
        errorOf(subgraphFailure(error, service.name, error.path), null, renamed),
      ),
    };
  } catch (cause) {
    closing.abort(CLOSED);
    return { errors: [errorOf(fetchFailure(cause, service.name, undefined), null, renamed)] };
  } finally {
    run.end();
  }
}

/**
 * The events of a subgraph's subscription, each completed by the other subgraphs. It is written out rather than an async generator
 * because a generator's `return()` waits for the event that `next()` waits for, which may never come.
 */
class FederatedStream<C> implements AsyncGenerator<ExecutionResult, void, void> {
  readonly #of: OperationRun<C>;
  readonly #execution: Extract<PreparedExecution<C>, { kind: 'subscription' }>;
  readonly #source: AsyncIterator<ExecutionResult>;
  readonly #closing: AbortController;
  readonly #whenClosed: Promise<undefined>;
  /** Results come in the order of their events, also when several are asked for at once. */
  #previous: Promise<unknown> = Promise.resolve();

  constructor(
    of: OperationRun<C>,
    execution: Extract<PreparedExecution<C>, { kind: 'subscription' }>,
    source: AsyncIterable<ExecutionResult>,
    closing: AbortController,
  ) {
    this.#of = of;
    this.#execution = execution;
    this.#source = source[Symbol.asyncIterator]();
    this.#closing = closing;
    const { signal } = closing;
    this.#whenClosed = new Promise((resolve) => {
      const close = () => {
        resolve(undefined);
        // A source that waits for an event answers only after it; nobody waits for that, and it cannot fail anything any more.
        Promise.resolve(this.#source.return?.()).catch(() => {});
      };
      if (signal.aborted) close();
      else signal.addEventListener('abort', close, { once: true });
    });
  }

  next(): Promise<IteratorResult<ExecutionResult, void>> {
    const next = this.#previous.then(() => this.#next());
    this.#previous = next;
    return next;
  }

  async #next(): Promise<IteratorResult<ExecutionResult, void>> {
    if (this.#closing.signal.aborted) return { done: true, value: undefined };
    try {
      const event = await Promise.race([this.#source.next(), this.#whenClosed]);
      if (event === undefined || event.done) {
        this.#closing.abort(CLOSED);
        return { done: true, value: undefined };
      }
      return { done: false, value: await this.#complete(event.value) };
    } catch (cause) {
      // The stream broke: the client is told once, and then it ends.
      this.#closing.abort(CLOSED);
      const { service } = this.#execution.primary;
      return {
        done: false,
        value: { errors: [errorOf(fetchFailure(cause, service.name, undefined), null, this.#of.operation.renamed)] },
      };
    }
  }

  async #complete(event: ExecutionResult): Promise<ExecutionResult> {
    const { primary, shape, rest } = this.#execution;
    const run = startRun(this.#of);
    try {
      takeRoot(run, primary, shape, event, [run.data]);
      // An event without data says that there is nothing to complete.
      if (event.data === null || event.data === undefined) {
        return {
          errors: run.failures.map((failure) => errorOf(failure, null, this.#of.operation.renamed)),
          data: null,
        };
      }
      const pending = rest?.(run);
      if (pending !== undefined) await pending;
      return project(this.#of, run);
    } finally {
      run.end();
    }
  }

  async return(): Promise<IteratorResult<ExecutionResult, void>> {
    this.#closing.abort(CLOSED);
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<ExecutionResult, void>> {
    this.#closing.abort(CLOSED);
    throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(CLOSED);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** One reason for all: an abort without one makes an exception with a stack each time. */
const CLOSED = new Error('The subscription was closed.');

/** A controller that aborts with the client's signal, and lets go of that when it is closed first: a connection's signal lives long. */
function closeWith(signal: AbortSignal | undefined): AbortController {
  const closing = new AbortController();
  if (signal === undefined) return closing;
  const onAbort = () => closing.abort(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  closing.signal.addEventListener('abort', () => signal.removeEventListener('abort', onAbort), { once: true });
  return closing;
}

async function* single(result: Promise<ExecutionResult>): ResultStream {
  yield await result;
}

const isStream = (value: AsyncIterable<ExecutionResult> | ExecutionResult): value is AsyncIterable<ExecutionResult> =>
  Symbol.asyncIterator in value;

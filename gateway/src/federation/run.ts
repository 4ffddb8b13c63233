import { abortError, type Failure } from './errors.js';
import { ResponseObject } from './response-object.js';

/** Runs a part of a plan. Gives nothing when there was nothing to wait for. What fails is added to the run; it never rejects. */
export type Step<C> = (run: PlanRun<C>) => Promise<void> | undefined;

/** More failures than this say nothing more: a list of a million entities whose subgraph is down would fill memory with them. */
const MAX_FAILURES = 1_000;

/** One run of a plan: what its steps read and add to. */
export class PlanRun<C> {
  /** What subgraphs answered, merged. It also holds what only the plan needs, such as keys. */
  readonly data: ResponseObject;
  readonly failures: Failure[] = [];
  /** Values that were merged into more than one place. */
  shared: Set<object> | undefined;
  #whenAborted: Promise<never> | undefined;
  #stopListening: (() => void) | undefined;

  constructor(
    readonly context: C,
    /** As the client sent them: subgraphs coerce them again, with scalars that only they know. */
    readonly variables: Readonly<Record<string, unknown>>,
    readonly coercedVariables: Readonly<Record<string, unknown>>,
    readonly signal: AbortSignal | undefined,
    data: ResponseObject = new ResponseObject(),
  ) {
    this.data = data;
  }

  /** Says false once there are so many that no more is kept. */
  addFailure(failure: Failure): boolean {
    if (this.failures.length >= MAX_FAILURES) return false;
    this.failures.push(failure);
    return true;
  }

  /** Waits for an answer, but no longer than until the operation is aborted. */
  orAborted<T>(answer: Promise<T>): Promise<T> {
    if (this.signal === undefined) return answer;
    return Promise.race([answer, this.#aborted(this.signal)]);
  }

  #aborted(signal: AbortSignal): Promise<never> {
    this.#whenAborted ??= new Promise<never>((_resolve, reject) => {
      const onAbort = () => reject(abortError(signal.reason));
      if (signal.aborted) return onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
      this.#stopListening = () => signal.removeEventListener('abort', onAbort);
    });
    // Nobody may be waiting when it rejects.
    this.#whenAborted.catch(() => {});
    return this.#whenAborted;
  }

  /** Signals may outlive the operation: a connection has one for all of its operations. */
  end(): void {
    this.#stopListening?.();
  }
}

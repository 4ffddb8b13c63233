/** What a mutation does, in its phases. */
export interface ChangePhases<Prepared, Stored, Answer> {
  /** Slow work that needs no transaction, before it: embedding a text, reading an archive. */
  readonly prepare?: () => Promise<Prepared>;
  /** The change itself, in one transaction with its audit line and the record of its idempotency key. */
  readonly commit: (prepared: Prepared) => Promise<Stored>;
  /** Makes the answer after the commit, where that takes time; runs for a repeated request too. */
  readonly answer?: (stored: Stored) => Promise<Answer>;
}

/** @internal */
export class Change {
  constructor(readonly phases: ChangePhases<unknown, unknown, unknown>) {}
}

/**
 * Every mutation returns one: `return change(() => this.agents.register(ctx.request, input))`, or with phases. The kit
 * runs it; with the same `Idempotency-Key` again `commit` is not run a second time, its first result stands.
 *
 * `commit` must return plain data (dates, big integers, arrays and objects are; classes with methods are not), since it
 * is kept for the repetition.
 */
export function change<Stored>(commit: () => Promise<Stored>): Stored;
export function change<Prepared, Stored, Answer = Stored>(phases: ChangePhases<Prepared, Stored, Answer>): Answer;
export function change(given: (() => Promise<unknown>) | ChangePhases<unknown, unknown, unknown>): unknown {
  return new Change(typeof given === 'function' ? { commit: given } : given);
}

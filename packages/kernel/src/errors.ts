/** The codes that a client may act on; they are public API (see docs/errors.md). */
export const errorCodes = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'BAD_USER_INPUT',
  'CONFLICT',
  'RATE_LIMITED',
  'QUOTA_EXCEEDED',
  'UNAVAILABLE',
  'TIMEOUT',
  'INTERNAL_SERVER_ERROR',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

export interface ErrorOptions {
  /** The input field at fault, as a path in the caller's terms: `input.limits.wallMs`. */
  field?: string | undefined;
  /** Whether the same request may succeed later without a change. @default by code */
  retryable?: boolean | undefined;
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

const retryableCodes: ReadonlySet<ErrorCode> = new Set(['RATE_LIMITED', 'UNAVAILABLE', 'TIMEOUT']);

/** An error whose message is meant for the caller: it says what happened and what to do next, and nothing of the inside. */
export class AgentOSError extends Error {
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AgentOSError';
    this.code = code;
    this.field = options.field;
    this.retryable = options.retryable ?? retryableCodes.has(code);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The caller sent something that can never work as it is. */
export const badInput = (message: string, field?: string) => new AgentOSError('BAD_USER_INPUT', message, { field });
/** The thing does not exist, or is not the caller's to see: the two are not told apart. */
export const notFound = (what: string, id: string) => new AgentOSError('NOT_FOUND', `There is no ${what} ${id}.`);
/** The state has moved on since the caller looked, or a name or key is taken. */
export const conflict = (message: string) => new AgentOSError('CONFLICT', message);
export const forbidden = (message: string) => new AgentOSError('FORBIDDEN', message);
export const unauthenticated = (message: string) => new AgentOSError('UNAUTHENTICATED', message);
/** A part that the request needs does not answer, or is not installed. */
export const unavailable = (
  message: string,
  options: Pick<ErrorOptions, 'retryAfterMs' | 'retryable' | 'cause'> = {},
) => new AgentOSError('UNAVAILABLE', message, options);
export const rateLimited = (message: string, retryAfterMs: number) =>
  new AgentOSError('RATE_LIMITED', message, { retryAfterMs });
export const quotaExceeded = (message: string) => new AgentOSError('QUOTA_EXCEEDED', message);
export const timeout = (message: string) => new AgentOSError('TIMEOUT', message);

/** Ends a switch over a union: a new member that nobody handles is a compile error here. */
export class UnreachableCaseError extends Error {
  constructor(value: never) {
    super(`Unreachable case: ${String(value)}`);
    this.name = 'UnreachableCaseError';
  }
}

/** What a program may act on. The server's codes, and `CLIENT_CLOSED` for calls on a client that was closed. */
export type ErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'BAD_USER_INPUT'
  | 'CONFLICT'
  | 'RATE_LIMITED'
  | 'QUOTA_EXCEEDED'
  | 'UNAVAILABLE'
  | 'TIMEOUT'
  | 'INTERNAL_SERVER_ERROR'
  | 'CLIENT_CLOSED'
  // A standard GraphQL or Apollo code, such as GRAPHQL_VALIDATION_FAILED.
  | (string & {});

/** One entry of a GraphQL answer's `errors`. */
export interface GraphQLErrorBody {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

export interface AgentOSErrorOptions {
  /** Whether the same call may succeed later without a change. @default by code */
  retryable?: boolean | undefined;
  field?: string | undefined;
  retryAfterMs?: number | undefined;
  traceId?: string | undefined;
  errors?: readonly GraphQLErrorBody[] | undefined;
  data?: unknown;
  cause?: unknown;
}

const retryableCodes: ReadonlySet<string> = new Set(['RATE_LIMITED', 'UNAVAILABLE', 'TIMEOUT']);

/**
 * A call that failed, after the retries that were safe. A program that ends with an exit code other than 0 is no error:
 * that is in the `Execution`.
 */
export class AgentOSError extends Error {
  readonly code: ErrorCode;
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean;
  /** The input field at fault, as a path: `input.limits.wallMs`. */
  readonly field: string | undefined;
  /** How long the server asks to wait before the next try, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** Tells the operator of the server where to look. */
  readonly traceId: string | undefined;
  /** All errors of the answer; the first made this error. Empty where no answer came. */
  readonly errors: readonly GraphQLErrorBody[];
  /** What could be answered beside the errors, if anything. */
  readonly data: unknown;

  constructor(code: ErrorCode, message: string, options: AgentOSErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AgentOSError';
    this.code = code;
    this.retryable = options.retryable ?? retryableCodes.has(code);
    this.field = options.field;
    this.retryAfterMs = options.retryAfterMs;
    this.traceId = options.traceId;
    this.errors = options.errors ?? [];
    this.data = options.data;
  }
}

/** The connection of a stream broke; whoever knows the last event can go on from there. */
export class ConnectionLostError extends AgentOSError {
  /** Whether the server had taken the connection before it broke, as against one that never came to be. */
  readonly established: boolean;

  constructor(message: string, established: boolean, cause?: unknown) {
    super('UNAVAILABLE', message, { cause });
    this.established = established;
  }
}

/** Events came faster than they were read. What had come is delivered before this is thrown. */
export class SlowReaderError extends AgentOSError {
  constructor(waiting: number) {
    super('RATE_LIMITED', `${waiting} events were waiting to be read: read faster, or subscribe with \`resume\`.`);
  }
}

export const clientClosed = () => new AgentOSError('CLIENT_CLOSED', 'The client was closed: make a new AgentOS.');

/** The error that a GraphQL answer with `errors` stands for. */
export function errorOfAnswer(errors: readonly GraphQLErrorBody[], data?: unknown): AgentOSError {
  const [first] = errors;
  const extensions = first?.extensions ?? {};
  const text = (name: string) => (typeof extensions[name] === 'string' ? extensions[name] : undefined);
  return new AgentOSError(text('code') ?? 'INTERNAL_SERVER_ERROR', first?.message ?? 'The server gave no reason.', {
    retryable: typeof extensions['retryable'] === 'boolean' ? extensions['retryable'] : undefined,
    field: text('field'),
    retryAfterMs: typeof extensions['retryAfterMs'] === 'number' ? extensions['retryAfterMs'] : undefined,
    traceId: text('traceId'),
    errors,
    data,
  });
}

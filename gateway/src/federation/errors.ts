import { GraphQLError, type GraphQLErrorExtensions, type GraphQLFormattedError } from 'graphql';

/** Codes of GraphQL itself, as Apollo names them. Subgraphs' own codes pass through untouched. */
export const ENGINE_CODES = {
  parseFailed: 'GRAPHQL_PARSE_FAILED',
  validationFailed: 'GRAPHQL_VALIDATION_FAILED',
  operationResolution: 'OPERATION_RESOLUTION_FAILURE',
  badUserInput: 'BAD_USER_INPUT',
  unavailable: 'UNAVAILABLE',
  timeout: 'TIMEOUT',
  internal: 'INTERNAL_SERVER_ERROR',
  /** A subgraph's error that has no code of its own. */
  downstream: 'DOWNSTREAM_SERVICE_ERROR',
} as const;

type Place = readonly (string | number)[];

/** The same error with a code. */
export function withCode(error: GraphQLError, code: string): GraphQLError {
  return new GraphQLError(error.message, {
    nodes: error.nodes ?? null,
    source: error.source ?? null,
    positions: error.positions ?? null,
    path: error.path ?? null,
    originalError: error.originalError ?? null,
    extensions: { ...error.extensions, code },
  });
}

/** What went wrong in a run, before it is known which of its path the client asked for. */
export interface Failure {
  readonly message: string;
  readonly path: Place | undefined;
  readonly extensions: GraphQLErrorExtensions;
  /** Stays reachable for logs; it is never serialised. */
  readonly originalError: Error | undefined;
}

/** An error that a subgraph answered, with its path in the merged data and the subgraph's name. */
export function subgraphFailure(
  error: GraphQLError | GraphQLFormattedError,
  service: string,
  path: Place | undefined,
): Failure {
  const extensions: GraphQLErrorExtensions = { ...error.extensions, service };
  if (typeof extensions['code'] !== 'string') extensions['code'] = ENGINE_CODES.downstream;
  return {
    message: error.message || `The subgraph "${service}" reported an error.`,
    path,
    extensions,
    originalError: error instanceof GraphQLError ? (error.originalError ?? error) : undefined,
  };
}

/** A subgraph that did not answer at all, or not with a GraphQL result. The cause's message is shown only where it has a code. */
export function fetchFailure(cause: unknown, service: string, path: Place | undefined): Failure {
  const { code, retryable, retryAfterMs, message } = asCoded(cause);
  const extensions: GraphQLErrorExtensions = { code: code ?? ENGINE_CODES.internal, service };
  if (retryable !== undefined) extensions['retryable'] = retryable;
  if (retryAfterMs !== undefined) extensions['retryAfterMs'] = retryAfterMs;
  return {
    message: code === undefined ? `The subgraph "${service}" failed.` : message,
    path,
    extensions,
    originalError: cause instanceof Error ? cause : new Error(String(cause)),
  };
}

/**
 * The error as the client gets it, its path in the response's keys. A path that goes on into what only the plan asked for (a key, a
 * `@requires`) ends where the response does.
 *
 * @param clientKeys from keys of the data to those that the response has in their place
 */
export function errorOf(
  { message, path, extensions, originalError }: Failure,
  data: unknown,
  { clientKeys }: { readonly clientKeys: ReadonlyMap<string, string> },
): GraphQLError {
  const place = path?.map((element) => (typeof element === 'string' ? (clientKeys.get(element) ?? element) : element));
  return new GraphQLError(message, { path: place && placeIn(data, place), extensions, originalError });
}

function placeIn(data: unknown, path: Place): Place {
  let value = data;
  for (const [length, element] of path.entries()) {
    // Below a null the client's operation goes on, and so may the path.
    if (value === null || value === undefined) return path;
    if (typeof value !== 'object' || !Object.hasOwn(value, element)) return path.slice(0, length);
    value = (value as Readonly<Record<string | number, unknown>>)[element];
  }
  return path;
}

/** An operation that was ended from outside: its deadline passed, or its client went. */
export function abortError(reason: unknown): Error & { code: string; retryable: boolean } {
  if (reason instanceof Error && typeof (reason as { code?: unknown }).code === 'string') {
    return reason as Error & { code: string; retryable: boolean };
  }
  const message =
    reason instanceof Error && reason.name === 'TimeoutError'
      ? 'The operation took longer than its deadline.'
      : 'The operation was cancelled.';
  return Object.assign(new Error(message, { cause: reason }), { code: ENGINE_CODES.timeout, retryable: true });
}

interface CodedFailure {
  readonly code?: string | undefined;
  readonly retryable?: boolean | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly message: string;
}

/** Failures with a `code` of the system's kind (`ECONNREFUSED`) are not meant for clients; ours are in words. */
function asCoded(cause: unknown): CodedFailure {
  if (cause instanceof GraphQLError) {
    const { code, retryable, retryAfterMs } = cause.extensions as Partial<CodedFailure>;
    return { code, retryable, retryAfterMs, message: cause.message };
  }
  if (cause instanceof Error && 'retryable' in cause) {
    const { code, retryable, retryAfterMs } = cause as Error & Partial<CodedFailure>;
    return { code, retryable, retryAfterMs, message: cause.message };
  }
  return { message: '' };
}

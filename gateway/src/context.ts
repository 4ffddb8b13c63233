import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { badInput, type IdempotencyKey, type RequestContext, unauthenticated } from '@agentos/kernel';
import type { AuthenticatedCaller } from '@agentos/security';

/** What a request may take in all; a client that wants to wait longer subscribes instead. */
export const requestTimeoutMs = 120_000; // 2 minutes

/**
 * The credential of an `Authorization` header, or of the same value in a WebSocket's connection parameters.
 * @throws AgentOSError UNAUTHENTICATED where there is none
 */
export function bearerToken(authorization: unknown): string {
  const token =
    typeof authorization === 'string' ? /^Bearer ([^\s]{1,4096})$/i.exec(authorization.trim())?.[1] : undefined;
  if (token !== undefined) return token;
  throw unauthenticated('Send an API key or a token: "Authorization: Bearer <key>".');
}

export function createContext(
  caller: AuthenticatedCaller,
  options: {
    request: IncomingMessage;
    signal: AbortSignal;
    deadline?: number;
    idempotency?: IdempotencyKey | undefined;
  },
): RequestContext {
  return {
    tenantId: caller.tenantId,
    principal: caller.principal,
    permissions: caller.permissions,
    requestId: randomUUID(),
    traceId: traceIdOf(options.request),
    signal: options.signal,
    deadline: options.deadline,
    sourceIp: options.request.socket.remoteAddress,
    idempotency: options.idempotency,
  };
}

/** The client's trace goes on (W3C Trace Context), or a new one begins. */
export function traceIdOf(request: IncomingMessage): string {
  const parent = request.headers['traceparent'];
  const given =
    typeof parent === 'string' ? /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}$/.exec(parent)?.[1] : undefined;
  return given !== undefined && !/^0+$/.test(given) ? given : randomBytes(16).toString('hex');
}

/**
 * @param body what makes the request: the same key with anything else is a CONFLICT
 * @throws AgentOSError BAD_USER_INPUT where the header is not 1 to 255 printable characters
 */
export function idempotencyKeyOf(request: IncomingMessage, body: unknown): IdempotencyKey | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw badInput('Idempotency-Key must be 1 to 255 printable ASCII characters.', 'Idempotency-Key');
  }
  const { query, variables, operationName, extensions } = (body ?? {}) as GraphQLBody;
  // The same operation is the same request, whether its text was sent or only its hash (a persisted query).
  const operation = typeof query === 'string' ? sha256(query) : extensions?.persistedQuery?.sha256Hash;
  const fingerprint = sha256(JSON.stringify([operation, variables ?? {}, operationName ?? null]));
  return { key, fingerprint };
}

interface GraphQLBody {
  readonly query?: unknown;
  readonly variables?: unknown;
  readonly operationName?: unknown;
  readonly extensions?: { readonly persistedQuery?: { readonly sha256Hash?: string } };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

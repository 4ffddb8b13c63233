import type { ServerResponse } from 'node:http';
import { AgentOSError, type ErrorCode } from '@agentos/kernel';

const httpStatus: Readonly<Record<ErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  BAD_USER_INPUT: 400,
  CONFLICT: 409,
  RATE_LIMITED: 429,
  QUOTA_EXCEEDED: 429,
  UNAVAILABLE: 503,
  TIMEOUT: 504,
  INTERNAL_SERVER_ERROR: 500,
};

export function respondJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  response.end(text);
}

/** An error outside of a GraphQL operation, in the shape that GraphQL clients know. */
export function respondError(response: ServerResponse, error: AgentOSError, traceId: string, status?: number): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const headers: Record<string, string> = {};
  if (error.code === 'UNAUTHENTICATED') headers['www-authenticate'] = 'Bearer realm="agentos"';
  if (error.retryAfterMs !== undefined) headers['retry-after'] = String(Math.ceil(error.retryAfterMs / 1000));
  respondJson(response, status ?? httpStatus[error.code], { errors: [errorBody(error, traceId)] }, headers);
}

export function errorBody(error: AgentOSError, traceId: string) {
  return {
    message: error.message,
    extensions: {
      code: error.code,
      retryable: error.retryable,
      ...(error.field === undefined ? {} : { field: error.field }),
      ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
      traceId,
    },
  };
}

/** Whatever was thrown, as something that may be shown; what is not meant for the caller is masked. */
export function asAgentOSError(error: unknown): AgentOSError {
  if (error instanceof AgentOSError) return error;
  return new AgentOSError('INTERNAL_SERVER_ERROR', 'Something failed inside; the trace id tells the operator where.', {
    cause: error,
  });
}

import { AgentOSError, type RequestContext } from '@agentos/kernel';
import { type Logger, translateSqlError } from '@agentos/platform';
import { GraphQLError } from 'graphql';

/**
 * An error as a client may see it. What is not meant for the caller is logged with the trace id and masked.
 */
export function toGraphQLError(raw: unknown, request: Pick<RequestContext, 'traceId'>, logger: Logger): GraphQLError {
  if (raw instanceof GraphQLError && raw.extensions['code'] !== undefined) return withTrace(raw, request.traceId);
  const original = raw instanceof GraphQLError && raw.originalError != null ? raw.originalError : raw;
  const error = translateSqlError(original);
  if (error instanceof AgentOSError) {
    return new GraphQLError(error.message, {
      originalError: error,
      extensions: {
        code: error.code,
        retryable: error.retryable,
        ...(error.field === undefined ? {} : { field: error.field }),
        ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
        traceId: request.traceId,
      },
    });
  }
  logger.error({ err: error, traceId: request.traceId }, 'a request failed inside');
  return new GraphQLError('Something failed inside; the trace id tells the operator where.', {
    extensions: { code: 'INTERNAL_SERVER_ERROR', retryable: false, traceId: request.traceId },
  });
}

function withTrace(error: GraphQLError, traceId: string): GraphQLError {
  return new GraphQLError(error.message, {
    nodes: error.nodes ?? null,
    path: error.path ?? null,
    originalError: error.originalError ?? null,
    extensions: { retryable: false, traceId, ...error.extensions },
  });
}

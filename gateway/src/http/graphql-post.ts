import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestContext } from '@agentos/kernel';
import type { ExecutionResult } from 'graphql';
import type { Operations } from '../operations.js';
import type { parseGraphQLRequest } from './body.js';
import { respondJson } from './respond.js';

type GraphQLRequest = ReturnType<typeof parseGraphQLRequest>;

const responseType = 'application/graphql-response+json; charset=utf-8';

/** Whether a request is the ordinary kind that needs nothing of Apollo Server: a POST of JSON with its query, answered as JSON. */
export function isOrdinaryPost(request: IncomingMessage, body: GraphQLRequest): boolean {
  return typeof body.query === 'string' && body.extensions?.['persistedQuery'] === undefined && acceptsJson(request);
}

function acceptsJson(request: IncomingMessage): boolean {
  const accept = request.headers.accept;
  return accept === undefined || /application\/(graphql-response\+)?json|application\/\*|\*\/\*/.test(accept);
}

/** Answers by the rules of GraphQL over HTTP. */
export async function respondToPost(
  request: IncomingMessage,
  response: ServerResponse,
  body: GraphQLRequest,
  operations: Operations,
  ctx: RequestContext,
): Promise<void> {
  const result = await operations.execute(
    { query: body.query as string, variables: body.variables ?? {}, operationName: body.operationName },
    ctx,
  );
  if (response.destroyed) return;
  const own = request.headers.accept?.includes('application/graphql-response+json') === true;
  respondJson(response, statusOf(result), result, own ? { 'content-type': responseType } : {});
}

/** A request error, after which nothing was executed, is the client's: 400. Whatever has data is 200. */
function statusOf(result: ExecutionResult): number {
  return 'data' in result && result.data !== undefined ? 200 : 400;
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestContext } from '@agentos/kernel';
import { ApolloServer, HeaderMap } from '@apollo/server';
import type { GatewayInterface } from '@apollo/server-gateway-interface';
import { GraphQLError, type GraphQLFormattedError, type ValidationRule } from 'graphql';
import type { Operations } from '../operations.js';
import { asAgentOSError, errorBody } from './respond.js';
import { targetOf } from './target.js';

interface ApolloContext {
  readonly request: RequestContext;
}

/**
 * Apollo Server over our engine, for every request that is not the ordinary kind: GET, automatic persisted queries,
 * content negotiation, the guard against cross-site requests.
 */
export async function createApolloServer(
  operations: Operations,
  rules: readonly ValidationRule[],
  maxTokens: number,
): Promise<ApolloServer<ApolloContext>> {
  const gateway: GatewayInterface = {
    load: async () => ({
      executor: async (requestContext) => {
        const { request, document } = requestContext;
        const ctx = (requestContext.context as ApolloContext).request;
        const operation = {
          document,
          variables: request.variables ?? {},
          operationName: request.operationName ?? null,
        };
        const result = await operations.execute(operation, ctx).catch((error: unknown) => {
          const { message, extensions } = errorBody(asAgentOSError(error), ctx.traceId);
          return { errors: [new GraphQLError(message, { extensions })] };
        });
        return result as never;
      },
    }),
    onSchemaLoadOrUpdate: (callback) => {
      callback({ apiSchema: operations.engine.apiSchema, coreSupergraphSdl: operations.engine.supergraphSdl });
      return () => {};
    },
    stop: async () => {},
  };
  const server = new ApolloServer<ApolloContext>({
    gateway,
    introspection: true, // only those who are signed in get this far
    includeStacktraceInErrorResponses: false,
    validationRules: [...rules],
    parseOptions: { maxTokens },
    status400ForVariableCoercionErrors: true,
    stopOnTerminationSignals: false,
    formatError: masked,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  });
  await server.start();
  return server;
}

/** Errors of our own say what they may; any other that Apollo Server calls internal says nothing of the inside. */
function masked(formatted: GraphQLFormattedError): GraphQLFormattedError {
  const extensions = { retryable: false, ...formatted.extensions };
  const ours = 'traceId' in extensions;
  if (ours || formatted.extensions?.['code'] !== 'INTERNAL_SERVER_ERROR') return { ...formatted, extensions };
  return {
    message: asAgentOSError(undefined).message,
    extensions: { code: 'INTERNAL_SERVER_ERROR', retryable: false },
  };
}

export async function respondByApollo(
  server: ApolloServer<ApolloContext>,
  request: IncomingMessage,
  response: ServerResponse,
  body: unknown,
  ctx: RequestContext,
): Promise<void> {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const answer = await server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: request.method ?? 'GET',
      headers,
      search: targetOf(request).search,
      body,
    },
    context: async () => ({ request: ctx }),
  });
  if (response.destroyed) return;
  const sent = { ...Object.fromEntries(answer.headers), 'x-content-type-options': 'nosniff' };
  if (answer.body.kind === 'complete') {
    const text = withTrace(answer.body.string, ctx.traceId);
    response.writeHead(answer.status ?? 200, { ...sent, 'content-length': Buffer.byteLength(text) }).end(text);
    return;
  }
  response.writeHead(answer.status ?? 200, sent);
  for await (const chunk of answer.body.asyncIterator) response.write(chunk);
  response.end();
}

/** What Apollo Server refuses by itself knows no trace. */
function withTrace(text: string, traceId: string): string {
  if (!text.startsWith('{"errors"')) return text;
  const result = JSON.parse(text) as { errors: GraphQLFormattedError[] };
  const errors = result.errors.map((error) => ({ ...error, extensions: { traceId, ...error.extensions } }));
  return `${JSON.stringify({ ...result, errors })}\n`;
}

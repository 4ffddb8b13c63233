import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestContext } from '@agentos/kernel';
import { ApolloServer, HeaderMap } from '@apollo/server';
import type { GatewayInterface } from '@apollo/server-gateway-interface';
import type { ValidationRule } from 'graphql';
import type { Operations } from '../operations.js';

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
        const result = await operations.execute(
          { document, variables: request.variables ?? {}, operationName: request.operationName ?? null },
          (requestContext.context as ApolloContext).request,
        );
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
    formatError: (formatted) => ({ ...formatted, extensions: { retryable: false, ...formatted.extensions } }),
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  });
  await server.start();
  return server;
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
      search: new URL(request.url ?? '/', 'http://localhost').search,
      body,
    },
    context: async () => ({ request: ctx }),
  });
  if (response.destroyed) return;
  response.writeHead(answer.status ?? 200, {
    ...Object.fromEntries(answer.headers),
    'x-content-type-options': 'nosniff',
  });
  if (answer.body.kind === 'complete') {
    response.end(answer.body.string);
    return;
  }
  for await (const chunk of answer.body.asyncIterator) response.write(chunk);
  response.end();
}

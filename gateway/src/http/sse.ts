import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestContext } from '@agentos/kernel';
import { createHandler, type OperationArgs } from 'graphql-sse';
import type { Operations } from '../operations.js';

interface SseContext extends Record<PropertyKey, unknown> {
  readonly ctx: RequestContext;
  readonly query: string;
}

export const wantsEvents = (request: IncomingMessage): boolean =>
  request.headers.accept?.includes('text/event-stream') === true;

const keepAliveMs = 12_000; // 12 seconds: below the idle time of common proxies

/** GraphQL over server-sent events, in distinct connections mode: one request, one operation, one stream. */
export function createSseResponder(operations: Operations) {
  const requestOf = ({ contextValue, variableValues, operationName }: OperationArgs<SseContext>) => ({
    query: contextValue.query,
    variables: variableValues ?? {},
    operationName,
  });
  const handle = createHandler<RequestContext, undefined, SseContext>({
    // No token: the mode that shares one stream among operations needs state that a replica would not have.
    authenticate: () => null,
    onSubscribe: async (request, { query, variables, operationName }) => {
      const prepared = await operations.prepare(query, operationName, request.raw);
      if (!prepared.ok) return { errors: prepared.errors };
      return {
        schema: operations.engine.apiSchema,
        document: prepared.operation.document,
        operationName,
        variableValues: variables,
        contextValue: { ctx: request.raw, query },
      } as OperationArgs<SseContext>;
    },
    execute: (args) => operations.execute(requestOf(args), args.contextValue.ctx),
    subscribe: (args) => operations.subscribe(requestOf(args), args.contextValue.ctx) as never,
  });

  return async (
    request: IncomingMessage,
    response: ServerResponse,
    body: Record<string, unknown> | null,
    ctx: RequestContext,
  ) => {
    const [events, init] = await handle({
      method: request.method ?? 'GET',
      url: request.url ?? '/',
      headers: { get: (name) => request.headers[name.toLowerCase()]?.toString() },
      body,
      raw: ctx,
      context: undefined,
    });
    response.writeHead(init.status, init.statusText, { ...init.headers, 'x-content-type-options': 'nosniff' });
    if (events === null || typeof events === 'string') {
      response.end(events ?? undefined);
      return;
    }
    response.flushHeaders();
    response.once('close', () => void events.return(undefined));
    const keepAlive = setInterval(() => response.write(':\n\n'), keepAliveMs);
    try {
      for await (const event of events) {
        // A slow reader holds up its own source and nothing else.
        if (!response.write(event) && !response.destroyed) {
          await Promise.race([once(response, 'drain'), once(response, 'close')]);
        }
      }
    } finally {
      clearInterval(keepAlive);
      response.end();
    }
  };
}

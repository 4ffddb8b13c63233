import type { IncomingMessage, ServerResponse } from 'node:http';
import { AgentOSError, type RequestContext, unauthenticated } from '@agentos/kernel';
import { createHandler, type OperationArgs } from 'graphql-sse';
import type { Operations } from '../operations.js';
import { errorBody, respondError } from './respond.js';

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

  const open = new Set<() => void>();

  /**
   * @param watch calls back when the credential no longer allows what it did; what it returns stops the watch
   */
  const respond = async (
    request: IncomingMessage,
    response: ServerResponse,
    body: Record<string, unknown> | null,
    ctx: RequestContext,
    watch: (ended: () => void) => () => void,
  ): Promise<void> => {
    const [events, init] = await handle({
      method: request.method ?? 'GET',
      url: request.url ?? '/',
      headers: { get: (name) => request.headers[name.toLowerCase()]?.toString() },
      body,
      raw: ctx,
      context: undefined,
    });
    if (events === null || typeof events === 'string') {
      respondError(response, new AgentOSError('BAD_USER_INPUT', refusalOf(events)), ctx.traceId, init.status);
      return;
    }
    response.writeHead(init.status, init.statusText, { ...init.headers, 'x-content-type-options': 'nosniff' });
    response.flushHeaders();
    let last = '';
    const end = () => void events.return(undefined);
    const unwatch = watch(() => {
      const error = unauthenticated('The credential of this stream has ended.');
      last = `event: next\ndata: ${JSON.stringify({ errors: [errorBody(error, ctx.traceId)] })}\n\nevent: complete\ndata:\n\n`;
      end();
    });
    const goingAway = () => {
      last = 'event: complete\ndata:\n\n';
      end();
    };
    open.add(goingAway);
    response.once('close', end);
    const keepAlive = setInterval(() => response.write(':\n\n'), keepAliveMs);
    try {
      for await (const event of events) {
        // A slow reader holds up its own source and nothing else.
        if (!response.write(event) && !response.destroyed) await drained(response);
      }
    } finally {
      clearInterval(keepAlive);
      unwatch();
      open.delete(goingAway);
      response.end(last);
    }
  };

  return {
    respond,
    /** Ends every stream, each with its last word, so that its client can come back elsewhere. */
    close: () => {
      for (const goingAway of open) goingAway();
    },
  };
}

/** Until there is room for more, or nobody left to write to. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}

/** Why graphql-sse refused the request, in its words. */
function refusalOf(answer: string | null): string {
  try {
    const { errors } = JSON.parse(answer ?? '') as { errors: { message: string }[] };
    return errors[0]?.message ?? 'The request could not be understood.';
  } catch {
    return 'The request could not be understood.';
  }
}

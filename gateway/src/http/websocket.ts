import { setMaxListeners } from 'node:events';
import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { AgentOSError, type RequestContext, rateLimited } from '@agentos/kernel';
import type { Logger, Metrics } from '@agentos/platform';
import type { Authenticator } from '@agentos/security';
import { type ExecutionArgs, GraphQLError } from 'graphql';
import { CloseCode, makeServer, type ServerOptions, type SubscribePayload } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { bearerToken, createContext, traceIdOf } from '../context.js';
import { watchCredential } from '../credential-watch.js';
import type { Operations } from '../operations.js';
import { asAgentOSError, errorBody } from './respond.js';
import { targetOf } from './target.js';

const maxMessageBytes = 8 * 1024 * 1024;
const maxOperationsPerSocket = 100;
const pingMs = 15_000; // 15 seconds

interface Extra {
  readonly request: IncomingMessage;
  readonly socket: WebSocket;
  token?: string;
}

/**
 * GraphQL over WebSocket (`graphql-transport-ws`): authenticated at connect, again for each operation, and every second
 * while the socket lives.
 */
export class WebSocketTransport {
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    handleProtocols: (offered) => (offered.has('graphql-transport-ws') ? 'graphql-transport-ws' : false),
  });

  constructor(
    http: HttpServer,
    private readonly deps: { operations: Operations; authenticator: Authenticator; metrics: Metrics; logger: Logger },
  ) {
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      // A peer that goes away while it is being upgraded is nobody's error.
      socket.on('error', () => socket.destroy());
      if (targetOf(request).path !== '/graphql') {
        socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
        return;
      }
      this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#serve(webSocket, request));
    });
  }

  /** Tells every client that the server is going away; each can come back to another and resume. */
  async close(): Promise<void> {
    for (const client of this.#server.clients) client.close(1001, 'Going away');
    this.#server.close();
    const deadline = setTimeout(() => {
      for (const client of this.#server.clients) client.terminate();
    }, 1_000);
    while (this.#server.clients.size > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    clearTimeout(deadline);
  }

  #serve(socket: WebSocket, request: IncomingMessage): void {
    const { metrics, logger } = this.deps;
    metrics.wsConnections.inc();
    const gone = new AbortController();
    setMaxListeners(0, gone.signal); // as many as the socket has operations
    let alive = true;
    const ping = setInterval(() => {
      if (!alive) {
        socket.terminate();
        return;
      }
      alive = false;
      socket.ping();
    }, pingMs);
    socket.on('pong', () => {
      alive = true;
    });
    socket.on('error', (error) => logger.debug({ err: error }, 'a WebSocket failed'));
    const closed = makeServer<Record<string, unknown>, Extra>(this.#options(gone.signal)).opened(
      {
        protocol: socket.protocol,
        // Resolves when the bytes are out: a slow reader holds up its own source and nothing else.
        send: (data) =>
          new Promise((resolve, reject) => {
            if (socket.readyState !== socket.OPEN) resolve();
            else socket.send(data, (error) => (error ? reject(error) : resolve()));
          }),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (listener) =>
          socket.on('message', async (data) => {
            alive = true;
            try {
              await listener(String(data));
            } catch (error) {
              logger.debug({ err: error }, 'a WebSocket message could not be handled');
              socket.close(CloseCode.BadRequest, 'The message could not be understood.');
            }
          }),
      },
      { request, socket },
    );
    socket.once('close', (code, reason) => {
      clearInterval(ping);
      metrics.wsConnections.dec();
      gone.abort();
      closed(code, String(reason)).catch((error) => logger.debug({ err: error }, 'a WebSocket did not close cleanly'));
    });
  }

  #options(gone: AbortSignal): ServerOptions<Record<string, unknown>, Extra> {
    const { operations, authenticator } = this.deps;
    let running = 0;
    const contextOf = async (extra: Extra): Promise<RequestContext> =>
      createContext(await authenticator.authenticate(extra.token ?? ''), { request: extra.request, signal: gone });
    return {
      connectionInitWaitTimeout: 5_000, // 5 seconds
      onConnect: async ({ connectionParams, extra }) => {
        try {
          extra.token = bearerToken(connectionParams?.['authorization'] ?? connectionParams?.['Authorization']);
          const granted = await contextOf(extra);
          const unwatch = watchCredential(authenticator, extra.token, granted, () =>
            extra.socket.close(CloseCode.Forbidden, 'The credential has ended.'),
          );
          gone.addEventListener('abort', unwatch, { once: true });
          if (gone.aborted) unwatch();
          return true;
        } catch (error) {
          if (error instanceof AgentOSError && error.code === 'UNAVAILABLE') {
            extra.socket.close(CloseCode.InternalServerError, 'Unavailable');
            return false;
          }
          return false;
        }
      },
      onSubscribe: async ({ extra }, _id, payload) => {
        // Counted before anything is awaited, or a burst would pass the limit together.
        running += 1;
        const accepted = await this.#accept(extra, payload, running, contextOf);
        if (Array.isArray(accepted)) running -= 1;
        return accepted;
      },
      execute: (args) => operations.execute(requestOf(args), contextValue(args).ctx),
      subscribe: (args) => operations.subscribe(requestOf(args), contextValue(args).ctx),
      onComplete: () => {
        running -= 1;
      },
    };
  }

  /** The operation as it will be run, or what is wrong with it. */
  async #accept(
    extra: Extra,
    payload: SubscribePayload,
    running: number,
    contextOf: (extra: Extra) => Promise<RequestContext>,
  ): Promise<ExecutionArgs | readonly GraphQLError[]> {
    const { operations } = this.deps;
    try {
      if (running > maxOperationsPerSocket) {
        const message = `One connection carries at most ${maxOperationsPerSocket} operations at a time; open another.`;
        throw rateLimited(message, 1000);
      }
      const ctx = await contextOf(extra);
      const prepared = await operations.prepare(payload.query, payload.operationName, ctx);
      if (!prepared.ok) return prepared.errors;
      return {
        schema: operations.engine.apiSchema,
        document: prepared.operation.document,
        operationName: payload.operationName,
        variableValues: payload.variables,
        contextValue: { ctx, query: payload.query },
      } as ExecutionArgs;
    } catch (error) {
      const { message, extensions } = errorBody(asAgentOSError(error), traceIdOf(extra.request));
      return [new GraphQLError(message, { extensions })];
    }
  }
}

const contextValue = (args: ExecutionArgs) => args.contextValue as { ctx: RequestContext; query: string };
const requestOf = (args: ExecutionArgs) => ({
  query: contextValue(args).query,
  variables: args.variableValues ?? {},
  operationName: args.operationName,
});

import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { AgentOSError, type RequestContext, rateLimited } from '@agentos/kernel';
import type { Logger, Metrics } from '@agentos/platform';
import type { Authenticator } from '@agentos/security';
import { type ExecutionArgs, GraphQLError } from 'graphql';
import { CloseCode, makeServer, type ServerOptions } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { bearerToken, createContext, traceIdOf } from '../context.js';
import type { Operations } from '../operations.js';
import { asAgentOSError, errorBody } from './respond.js';

const maxMessageBytes = 8 * 1024 * 1024;
const maxOperationsPerSocket = 100;
const pingMs = 15_000; // 15 seconds

interface Extra {
  readonly request: IncomingMessage;
  readonly socket: WebSocket;
  token?: string;
}

/** GraphQL over WebSocket (`graphql-transport-ws`): authenticated at connect, and again for each operation. */
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
      if (new URL(request.url ?? '/', 'http://localhost').pathname !== '/graphql') {
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
          await contextOf(extra);
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
        let ctx: RequestContext;
        try {
          ctx = await contextOf(extra);
          if (running >= maxOperationsPerSocket) {
            throw rateLimited(
              `One connection carries at most ${maxOperationsPerSocket} operations at a time; open another.`,
              1000,
            );
          }
        } catch (error) {
          const { message, extensions } = errorBody(asAgentOSError(error), traceIdOf(extra.request));
          return [new GraphQLError(message, { extensions })];
        }
        const prepared = await operations.prepare(payload.query, payload.operationName, ctx);
        if (!prepared.ok) return prepared.errors;
        running += 1;
        return {
          schema: operations.engine.apiSchema,
          document: prepared.operation.document,
          operationName: payload.operationName,
          variableValues: payload.variables,
          contextValue: { ctx, query: payload.query },
        } as ExecutionArgs;
      },
      execute: (args) => operations.execute(requestOf(args), contextValue(args).ctx),
      subscribe: (args) => operations.subscribe(requestOf(args), contextValue(args).ctx),
      onComplete: () => {
        running -= 1;
      },
    };
  }
}

const contextValue = (args: ExecutionArgs) => args.contextValue as { ctx: RequestContext; query: string };
const requestOf = (args: ExecutionArgs) => ({
  query: contextValue(args).query,
  variables: args.variableValues ?? {},
  operationName: args.operationName,
});

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { buildSchema, type ExecutionResult, GraphQLError, graphql } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { type WebSocket, WebSocketServer } from 'ws';

const schema = buildSchema(readFileSync(new URL('../../../../schema/api.graphql', import.meta.url), 'utf8'));

/** What befalls one HTTP request: nothing, a cut before or after it is done, no answer, or an answer of another's. */
export type Fate =
  | 'answered'
  | 'cut before'
  | 'cut after'
  | 'never answered'
  | { status: number; body: string; headers?: Record<string, string> };

export interface Seen {
  readonly headers: IncomingMessage['headers'];
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

/** A server that speaks the real protocols over the real schema, with resolvers of a test's making, and breaks on demand. */
export class TestServer {
  /** The fates of the next HTTP requests, in order; afterwards all are answered. */
  readonly fates: Fate[] = [];
  readonly requests: Seen[] = [];
  readonly subscriptions: Seen[] = [];
  /** Called after each event that went out on a WebSocket, with that. */
  onEvent: (socket: WebSocket) => void = () => {};
  apiKey = 'key';
  webSockets = new Set<WebSocket>();
  readonly #answers = new Map<string, ExecutionResult>();
  #http: Server | undefined;
  #port = 0;

  /** @param root resolvers of root fields; a subscription's gives objects with the field's name */
  constructor(private readonly root: Record<string, unknown>) {}

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<this> {
    const http = createServer((request, response) => void this.#respond(request, response));
    const webSocketServer = new WebSocketServer({ server: http, path: '/graphql' });
    webSocketServer.on('connection', (socket) => {
      this.webSockets.add(socket);
      socket.on('close', () => this.webSockets.delete(socket));
    });
    useServer<{ authorization?: string }>(
      {
        schema,
        roots: { subscription: this.root as Record<string, object> },
        onConnect: ({ connectionParams }) => connectionParams?.authorization === `Bearer ${this.apiKey}`,
        onSubscribe: (_context, _id, { query, variables }) => {
          this.subscriptions.push({ headers: {}, query, variables: variables ?? {} });
        },
        onNext: async (context) => {
          const { socket } = context.extra as unknown as { socket: WebSocket };
          await setImmediate(); // one event goes out at a time
          setImmediate().then(() => this.onEvent(socket));
        },
      },
      webSocketServer,
    );
    http.listen(this.#port, '127.0.0.1');
    await once(http, 'listening');
    this.#http = http;
    this.#port = (http.address() as AddressInfo).port;
    return this;
  }

  /** What comes on the connections that there are is no longer read, as if the network had swallowed it. */
  freeze(): void {
    for (const socket of this.webSockets) socket.pause();
  }

  /** Ends all at once, as a killed process does. What the resolvers know stays; `start` listens on the same port. */
  async kill(): Promise<void> {
    const http = this.#http;
    if (http === undefined) return;
    this.#http = undefined;
    const closed = once(http, 'close');
    http.close();
    http.closeAllConnections();
    for (const socket of this.webSockets) socket.terminate();
    await closed;
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { query, variables } = JSON.parse(await text(request)) as {
      query: string;
      variables: Record<string, unknown>;
    };
    this.requests.push({ headers: request.headers, query, variables });
    const fate = this.fates.shift() ?? 'answered';
    if (typeof fate === 'object') {
      response.writeHead(fate.status, fate.headers).end(fate.body);
      return;
    }
    if (fate === 'cut before') return void response.destroy();
    if (fate === 'never answered') return;
    const answer = JSON.stringify(await this.#answer(request.headers, query, variables));
    if (fate === 'cut after') return void response.destroy();
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
  }

  async #answer(headers: IncomingMessage['headers'], query: string, variables: Record<string, unknown>) {
    if (headers.authorization !== `Bearer ${this.apiKey}`) {
      return {
        errors: [new GraphQLError('Who are you?', { extensions: { code: 'UNAUTHENTICATED', retryable: false } })],
      };
    }
    const key = String(headers['idempotency-key']);
    const before = query.startsWith('mutation') ? this.#answers.get(key) : undefined;
    if (before !== undefined) return before;
    const result = await graphql({ schema, source: query, variableValues: variables, rootValue: this.root });
    if (result.errors === undefined) this.#answers.set(key, result);
    return result;
  }
}

/** A body that refuses with a code of the contract. */
export const refusal = (code: string, message: string, more: Record<string, unknown> = {}): Fate => ({
  status: 200,
  body: JSON.stringify({
    errors: [{ message, extensions: { code, traceId: 'trace', ...more } }],
    data: null,
  }),
});

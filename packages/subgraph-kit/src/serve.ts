import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AgentOSError, badInput, notFound, type RequestContext } from '@agentos/kernel';
import { ConfigurationError, createPlatform, type Persistence, type Platform, readConfig } from '@agentos/platform';
import { execute, type GraphQLError, subscribe } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { parseOperation, SubgraphAnswers } from './answer.js';
import { toGraphQLError } from './errors.js';
import { readInternalToken } from './internal-token.js';
import type { SubgraphModule } from './module.js';

const maxBodyBytes = 32 * 1024 * 1024; // 32 MiB: the gateway has bounded what clients send, entities come in batches
const closingMs = 1_000; // 1 second for the other side to answer that a WebSocket closes

/** Of what can be wrong with a request itself; whatever happens in an operation is answered with 200. */
const httpStatus: Readonly<Record<string, number>> = { UNAUTHENTICATED: 401, BAD_USER_INPUT: 400, NOT_FOUND: 404 };

/** Runs one subgraph alone in this process: `agentos serve <name>`. It answers the gateway and nobody else. */
export async function runSubgraph(
  persistence: Persistence,
  create: (platform: Platform) => SubgraphModule | Promise<SubgraphModule>,
): Promise<void> {
  const config = readConfig();
  if (config.AGENTOS_INTERNAL_SECRET === undefined) {
    throw new ConfigurationError(['AGENTOS_INTERNAL_SECRET: required where a subgraph runs alone']);
  }
  const platform = await createPlatform(config, [persistence]);
  const module = await create(platform);
  await module.start();
  const server = await serveSubgraph(module, platform, { host: config.HOST, port: config.PORT });
  console.log(`AgentOS ${module.name} serves at ${server.address}`);
  const stop = async () => {
    const grace = AbortSignal.timeout(config.SHUTDOWN_GRACE_MS);
    await server.close(grace);
    await module.stop(grace);
    await platform[Symbol.asyncDispose]();
    process.exit(0);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

export interface ServedSubgraph {
  /** For example `http://127.0.0.1:4010`. */
  readonly address: string;
  /** Takes no new work, ends subscriptions with 1001, and lets running requests end until the signal fires. */
  close(grace: AbortSignal): Promise<void>;
}

/** Serves a module over HTTP and, for subscriptions, WebSocket; each request carries the gateway's signed token. */
export async function serveSubgraph(
  module: SubgraphModule,
  platform: Pick<Platform, 'internalSecret' | 'logger' | 'parts' | 'metrics'>,
  at: { host: string; port: number },
): Promise<ServedSubgraph> {
  const { internalSecret, logger } = platform;
  const answers = new SubgraphAnswers(module.schema, logger);
  let draining = false;
  const open = new Set<ServerResponse>();

  const server = createServer((request, response) => {
    const gone = new AbortController();
    open.add(response);
    if (draining) response.setHeader('connection', 'close');
    response.once('close', () => {
      open.delete(response);
      gone.abort();
    });
    handle(request, response, gone.signal).catch((error: unknown) => {
      if (gone.signal.aborted || response.headersSent) return response.destroy(); // nobody is there to be told
      const { message, extensions } = toGraphQLError(error, { traceId: '' }, logger);
      // The rest of a body that was not read would be taken for the next request.
      if (!request.complete) response.setHeader('connection', 'close');
      json(response, httpStatus[String(extensions['code'])] ?? 500, { errors: [{ message, extensions }] });
    });
  });

  async function handle(request: IncomingMessage, response: ServerResponse, gone: AbortSignal): Promise<void> {
    const path = pathOf(request);
    if (path === '/healthz') return json(response, 200, { alive: true });
    if (path === '/readyz') return ready(response);
    if (path === '/metrics') {
      response.setHeader('content-type', platform.metrics.registry.contentType);
      response.end(await platform.metrics.registry.metrics());
      return;
    }
    const ctx = await readInternalToken(bearerOf(request.headers.authorization), internalSecret, gone);
    if (path !== '/graphql') throw notFound('page', path.slice(0, 200));
    if (request.method !== 'POST') throw badInput('Use POST.');
    const operation = parseOperation(await readAll(request));
    const args = answers.prepare(operation, { request: ctx, loaders: module.loaders(ctx) });
    if ('errors' in args) return json(response, 400, { errors: answers.shown(args.errors, ctx.traceId) });
    const { errors, ...result } = await execute(args);
    json(response, 200, errors === undefined ? result : { ...result, errors: answers.shown(errors, ctx.traceId) });
  }

  async function ready(response: ServerResponse): Promise<void> {
    const states = await Promise.allSettled(platform.parts.map((part) => part.check()));
    const parts = platform.parts.map((part, index) => ({
      name: part.name,
      ready: states[index]?.status === 'fulfilled',
    }));
    if (draining) parts.push({ name: 'server', ready: false });
    json(response, parts.every((part) => part.ready) ? 200 : 503, { parts });
  }

  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxBodyBytes });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    if (pathOf(request) === '/graphql' && !draining) {
      sockets.handleUpgrade(request, socket, head, (webSocket) => sockets.emit('connection', webSocket, request));
    } else {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n', () => socket.destroy());
    }
  });
  /** Who opened a socket. The token is looked at then and not again: a subscription lives longer than a token. */
  const callers = new WeakMap<WebSocket, RequestContext>();
  const traceOf = (socket: WebSocket) => callers.get(socket)?.traceId ?? '';
  useServer(
    {
      onConnect: async ({ connectionParams, extra }) => {
        const gone = new AbortController();
        extra.socket.once('close', () => gone.abort());
        const token = bearerOf(connectionParams?.['authorization']);
        try {
          callers.set(extra.socket, await readInternalToken(token, internalSecret, gone.signal));
          return true;
        } catch (error) {
          if (error instanceof AgentOSError) return false;
          throw error;
        }
      },
      onSubscribe: ({ extra }, _id, payload) => {
        const ctx = callers.get(extra.socket) as RequestContext;
        const args = answers.prepare(payload, perEventContext(module, ctx));
        return 'errors' in args ? args.errors : args;
      },
      onNext: ({ extra }, _id, _payload, _args, { data = null, errors }) =>
        errors === undefined ? undefined : { data, errors: answers.shown(errors, traceOf(extra.socket)) },
      onError: ({ extra }, _id, _payload, errors) => answers.shown(errors as GraphQLError[], traceOf(extra.socket)),
      execute,
      subscribe,
    },
    sockets,
  );

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.host, () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://${at.host}:${port}`,
    close: async (grace) => {
      draining = true;
      // Connections are kept alive, and would be waited for long after their last answer.
      for (const response of open) if (!response.headersSent) response.setHeader('connection', 'close');
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets.clients) socket.close(1001, 'Going away');
      const unanswered = setTimeout(() => {
        for (const socket of sockets.clients) socket.terminate();
      }, closingMs);
      const end = () => server.closeAllConnections();
      if (grace.aborted) end();
      else grace.addEventListener('abort', end, { once: true });
      await closed;
      clearTimeout(unanswered);
    },
  };
}

/** The context of a subscription: its loaders live only while one event is being answered, or they would go stale. */
export function perEventContext(module: Pick<SubgraphModule, 'loaders'>, request: RequestContext) {
  let loaders: unknown;
  return {
    request,
    get loaders() {
      if (loaders === undefined) {
        loaders = module.loaders(request);
        setImmediate(() => {
          loaders = undefined;
        });
      }
      return loaders;
    },
  };
}

const pathOf = (request: IncomingMessage): string => request.url?.split('?')[0] ?? '';

const bearerOf = (authorization: unknown): string => /^Bearer (.+)$/.exec(String(authorization ?? ''))?.[1] ?? '';

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw badInput('The request is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function json(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    .end(text);
}

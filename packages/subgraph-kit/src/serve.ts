import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AgentOSError, type RequestContext } from '@agentos/kernel';
import { ConfigurationError, createPlatform, type Persistence, type Platform, readConfig } from '@agentos/platform';
import { type ExecutionArgs, execute, parse, subscribe, validate } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { toGraphQLError } from './errors.js';
import { readInternalToken } from './internal-token.js';
import type { SubgraphModule } from './module.js';

const maxBodyBytes = 32 * 1024 * 1024; // 32 MiB: the gateway has bounded what clients send, entities come in batches

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
    await server.close();
    await module.stop(grace);
    await platform[Symbol.asyncDispose]();
    process.exit(0);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

/** Serves a module over HTTP and, for subscriptions, WebSocket; each request carries the gateway's signed token. */
export async function serveSubgraph(
  module: SubgraphModule,
  platform: Pick<Platform, 'internalSecret' | 'logger' | 'parts' | 'metrics'>,
  at: { host: string; port: number },
): Promise<{ address: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      const { message, extensions } = toGraphQLError(error, { traceId: '' }, platform.logger);
      const status =
        extensions['code'] === 'UNAUTHENTICATED' ? 401 : extensions['code'] === 'BAD_USER_INPUT' ? 400 : 500;
      json(response, status, { errors: [{ message, extensions }] });
    });
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/healthz') return json(response, 200, { alive: true });
    if (request.url === '/readyz') return ready(response);
    if (request.url === '/metrics') {
      response.end(await platform.metrics.registry.metrics());
      return;
    }
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const ctx = await readInternalToken(token, platform.internalSecret, gone.signal);
    const body = JSON.parse(await readAll(request)) as {
      query: string;
      variables?: Record<string, unknown>;
      operationName?: string;
    };
    const document = parse(body.query);
    const errors = validate(module.schema, document);
    const result =
      errors.length > 0
        ? { errors }
        : await execute({
            schema: module.schema,
            document,
            variableValues: body.variables,
            operationName: body.operationName,
            contextValue: { request: ctx, loaders: module.loaders(ctx) },
          });
    json(response, 200, result);
  }

  async function ready(response: ServerResponse): Promise<void> {
    const states = await Promise.allSettled(platform.parts.map((part) => part.check()));
    const parts = platform.parts.map((part, index) => ({
      name: part.name,
      ready: states[index]?.status === 'fulfilled',
    }));
    json(response, parts.every((part) => part.ready) ? 200 : 503, { parts });
  }

  const callers = new WeakMap<object, RequestContext>();
  const sockets = new WebSocketServer({ server, path: '/graphql' });
  const transport = useServer(
    {
      schema: module.schema,
      onConnect: async ({ connectionParams, extra }) => {
        const token = String(connectionParams?.['authorization'] ?? '').replace(/^Bearer /, '');
        const gone = new AbortController();
        extra.socket.once('close', () => gone.abort());
        try {
          callers.set(extra.socket, await readInternalToken(token, platform.internalSecret, gone.signal));
          return true;
        } catch (error) {
          if (error instanceof AgentOSError) return false;
          throw error;
        }
      },
      onSubscribe: ({ extra }, _id, payload) => {
        const ctx = callers.get(extra.socket) as RequestContext;
        const document = parse(payload.query);
        const errors = validate(module.schema, document);
        if (errors.length > 0) return errors;
        const args: ExecutionArgs = {
          schema: module.schema,
          document,
          variableValues: payload.variables,
          operationName: payload.operationName,
          contextValue: perEventContext(module, ctx),
        };
        return args;
      },
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
    close: async () => {
      await transport.dispose();
      server.closeIdleConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        setTimeout(() => server.closeAllConnections(), 1_000).unref();
      });
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

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new AgentOSError('BAD_USER_INPUT', 'The request is too large.');
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

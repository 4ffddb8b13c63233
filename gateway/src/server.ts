import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AgentOSError, badInput, notFound, type RequestContext, unavailable } from '@agentos/kernel';
import type { Platform } from '@agentos/platform';
import type { Authenticator } from '@agentos/security';
import type { ValidationRule } from 'graphql';
import { bearerToken, createContext, idempotencyKeyOf, requestTimeoutMs, traceIdOf } from './context.js';
import { watchCredential } from './credential-watch.js';
import { createApolloServer, respondByApollo } from './http/apollo.js';
import { BodyTooLargeError, parseGraphQLRequest, readBody } from './http/body.js';
import { isOrdinaryPost, respondToPost } from './http/graphql-post.js';
import { asAgentOSError, respondError, respondJson } from './http/respond.js';
import { createSseResponder, wantsEvents } from './http/sse.js';
import { targetOf } from './http/target.js';
import { WebSocketTransport } from './http/websocket.js';
import type { Operations } from './operations.js';
import { createGraphiQL } from './plugins/graphiql.js';
import { type Part, respondReadiness } from './plugins/health.js';

export interface GatewayServerOptions {
  readonly platform: Platform;
  readonly operations: Operations;
  readonly authenticator: Authenticator;
  readonly validationRules: readonly ValidationRule[];
  readonly maxTokens: number;
  /** What `/readyz` asks beside the platform's own parts. */
  readonly parts: readonly Part[];
}

const maxBodyBytes = 8 * 1024 * 1024; // 8 MiB: a thousand memories, or a small code base as an archive

/** The one server that people talk to: it reads top to bottom in the order in which a request meets it. */
export class GatewayServer {
  readonly #http: Server;
  readonly #webSockets: WebSocketTransport;
  #draining = false;
  readonly #open = new Set<ServerResponse>();
  readonly #graphiql = createGraphiQL();
  readonly #sse: ReturnType<typeof createSseResponder>;
  readonly #options: GatewayServerOptions;
  readonly #apollo: Awaited<ReturnType<typeof createApolloServer>>;

  private constructor(options: GatewayServerOptions, apollo: Awaited<ReturnType<typeof createApolloServer>>) {
    this.#options = options;
    this.#apollo = apollo;
    this.#sse = createSseResponder(options.operations);
    this.#http = createServer({ requestTimeout: 60_000, headersTimeout: 20_000 }, (request, response) => {
      void this.#handle(request, response);
    });
    this.#webSockets = new WebSocketTransport(this.#http, {
      operations: options.operations,
      authenticator: options.authenticator,
      metrics: options.platform.metrics,
      logger: options.platform.logger,
    });
  }

  static async create(options: GatewayServerOptions): Promise<GatewayServer> {
    return new GatewayServer(
      options,
      await createApolloServer(options.operations, options.validationRules, options.maxTokens),
    );
  }

  /** @returns the address that it serves at */
  async listen(port: number, host: string): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(port, host, () => resolve());
    });
    const address = this.#http.address() as AddressInfo;
    const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    return `http://${shown}:${address.port}`;
  }

  /** Takes no new work, lets running requests end until the signal fires, then closes what is left. */
  async close(signal: AbortSignal): Promise<void> {
    this.#draining = true;
    // Connections are kept alive, and would be waited for long after their last answer.
    for (const response of this.#open) if (!response.headersSent) response.setHeader('connection', 'close');
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    this.#sse.close();
    await this.#webSockets.close();
    this.#http.closeIdleConnections();
    const expired = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([closed, expired]);
    this.#http.closeAllConnections();
    await closed;
    await this.#apollo.stop();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#open.add(response);
    response.once('close', () => this.#open.delete(response));
    if (this.#draining) response.setHeader('connection', 'close');
    const traceId = traceIdOf(request);
    request.headers['traceparent'] ??= `00-${traceId}-${traceId.slice(0, 16)}-01`;
    try {
      await this.#route(request, response);
    } catch (thrown) {
      const error = asAgentOSError(thrown);
      if (error.code === 'INTERNAL_SERVER_ERROR')
        this.#options.platform.logger.error({ err: thrown, traceId }, 'a request failed inside');
      // The rest of a body that was not read would be taken for the next request.
      if (!request.complete) response.setHeader('connection', 'close');
      respondError(response, error, traceId, error instanceof BodyTooLargeError ? 413 : undefined);
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { path } = targetOf(request);
    const { platform, parts } = this.#options;
    switch (path) {
      case '/graphql':
        return this.#graphql(request, response);
      case '/':
        onlyGet(request);
        return this.#graphiql(request, response);
      case '/healthz':
        onlyGet(request);
        return respondJson(response, 200, { alive: true });
      case '/readyz':
        onlyGet(request);
        return respondReadiness(response, [...platform.parts, ...parts], this.#draining);
      case '/metrics': {
        onlyGet(request);
        await this.#authenticate(request);
        const text = await platform.metrics.registry.metrics();
        response.writeHead(200, { 'content-type': platform.metrics.registry.contentType }).end(text);
        return;
      }
      default:
        throw notFound('page', path.slice(0, 200));
    }
  }

  async #graphql(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#draining)
      throw unavailable('The server is stopping; ask another, or again in a moment.', { retryAfterMs: 1000 });
    const { operations } = this.#options;
    // Who is asking is known before anything of the request is looked at.
    const caller = await this.#authenticate(request);
    const body = request.method === 'POST' ? await readGraphQLBody(request) : null;
    const gone = new AbortController();
    setMaxListeners(0, gone.signal); // as many as the operation has parts
    const streams = wantsEvents(request);
    const timer = streams ? undefined : setTimeout(() => gone.abort(), requestTimeoutMs);
    response.once('close', () => {
      clearTimeout(timer);
      if (!response.writableFinished) gone.abort();
    });
    const ctx: RequestContext = createContext(caller, {
      request,
      signal: gone.signal,
      ...(streams ? {} : { deadline: Date.now() + requestTimeoutMs }),
      idempotency: idempotencyKeyOf(request, body),
    });
    if (streams) {
      const { authenticator } = this.#options;
      const token = bearerToken(request.headers.authorization);
      return this.#sse.respond(request, response, body, ctx, (ended) =>
        watchCredential(authenticator, token, ctx, ended),
      );
    }
    if (body !== null && isOrdinaryPost(request, body)) return respondToPost(request, response, body, operations, ctx);
    return respondByApollo(this.#apollo, request, response, body, ctx);
  }

  async #authenticate(request: IncomingMessage) {
    return this.#options.authenticator.authenticate(bearerToken(request.headers.authorization));
  }
}

async function readGraphQLBody(request: IncomingMessage) {
  const type = request.headers['content-type'] ?? '';
  // Only a content type that a page of another origin cannot send without asking first (CSRF).
  if (!/^application\/(json|graphql\+json)\s*(;|$)/i.test(type)) {
    throw badInput('Send the request as JSON, with "content-type: application/json".');
  }
  return parseGraphQLRequest(await readBody(request, maxBodyBytes));
}

function onlyGet(request: IncomingMessage): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  throw new AgentOSError('BAD_USER_INPUT', 'This page is read only: use GET.');
}

import { timeout, unavailable } from '@agentos/kernel';
import type { DocumentNode, ExecutionResult } from 'graphql';
import { type Dispatcher, Pool } from 'undici';
import { post } from './http-post.js';
import { isObject } from './response-object.js';
import type { SubgraphRequest, SubgraphService } from './subgraph.js';
import { SubgraphSockets } from './subgraph-socket.js';

type Headers = Readonly<Record<string, string>>;

export interface HttpSubgraph<C> {
  readonly name: string;
  readonly sdl: string;
  /** Of its GraphQL endpoint: `http://memory:4010/graphql`. */
  readonly url: string;
  /** Of its `graphql-transport-ws` endpoint. @default `url` with the scheme `ws` */
  readonly subscriptionUrl?: string;
  /** Sent with each request, and when a WebSocket opens (in its handshake and as its `connectionParams`). */
  readonly headers?: (context: C) => Headers | Promise<Headers>;
  /** When the caller no longer waits, in milliseconds since 1970. */
  readonly deadline?: (context: C) => number | undefined;
  /** @default 30_000 milliseconds for one request, however much of its deadline is left */
  readonly timeoutMs?: number;
  /** Of a mutation, which may wait for something to be done. @default timeoutMs */
  readonly mutationTimeoutMs?: number;
  /** Between two pings of a WebSocket; whoever does not answer one before the next has gone. @default 15_000 // 15 seconds */
  readonly pingMs?: number;
  /** @default 67_108_864 bytes (64 MiB) of one answer or event */
  readonly maxResponseBytes?: number;
  /** @default 64 connections at most, kept alive */
  readonly maxConnections?: number;
}

/** A subgraph in another process. */
export class HttpSubgraphService<C = unknown> implements SubgraphService<C> {
  readonly name: string;
  readonly sdl: string;
  readonly #options: Required<Pick<HttpSubgraph<C>, 'timeoutMs' | 'maxResponseBytes'>> & HttpSubgraph<C>;
  readonly #path: string;
  readonly #pool: Dispatcher;
  readonly #sockets: SubgraphSockets;
  /** The part of a request's body that is the same each time. */
  readonly #bodyStarts = new WeakMap<DocumentNode, string>();

  constructor(options: HttpSubgraph<C>) {
    const url = new URL(options.url);
    this.name = options.name;
    this.sdl = options.sdl;
    this.#options = { timeoutMs: 30_000, maxResponseBytes: 64 * 1024 * 1024, ...options };
    this.#path = url.pathname + url.search;
    this.#pool = new Pool(url.origin, { connections: options.maxConnections ?? 64, pipelining: 1 });
    this.#sockets = new SubgraphSockets({
      name: options.name,
      url: options.subscriptionUrl ?? options.url.replace(/^http/, 'ws'),
      maxMessageBytes: this.#options.maxResponseBytes,
      pingMs: options.pingMs,
    });
  }

  async execute(request: SubgraphRequest, context: C): Promise<ExecutionResult> {
    try {
      return await this.#send(request, context);
    } catch (error) {
      // A connection that was kept alive may have been closed by the other side just now, a restarted subgraph be back already. A
      // query is safe to send again; a mutation only when it cannot have arrived.
      if (!isConnectionLost(error) || request.signal?.aborted) throw this.#explain(error);
      if (request.operation !== 'query' && !isConnectionRefused(error)) throw this.#explain(error);
      await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 80));
      return this.#send(request, context).catch((again: unknown) => {
        throw this.#explain(again);
      });
    }
  }

  async subscribe(request: SubgraphRequest, context: C): Promise<AsyncIterable<ExecutionResult> | ExecutionResult> {
    const { query, variables, operationName } = request;
    const headers = (await this.#options.headers?.(context)) ?? {};
    return this.#sockets.subscribe({ query, variables, operationName: operationName ?? null }, headers);
  }

  /** Ends what is open. */
  async close(): Promise<void> {
    this.#sockets.close();
    await this.#pool.close();
  }

  async #send(request: SubgraphRequest, context: C): Promise<ExecutionResult> {
    const { maxResponseBytes, headers, deadline, mutationTimeoutMs = this.#options.timeoutMs } = this.#options;
    const timeoutMs = request.operation === 'mutation' ? mutationTimeoutMs : this.#options.timeoutMs;
    const end = deadline?.(context);
    const leftMs = end === undefined ? timeoutMs : Math.min(timeoutMs, end - Date.now());
    if (leftMs <= 0) throw timeout(`The deadline passed before the subgraph "${this.name}" was asked.`);
    const { status, body } = await post(this.#pool, {
      path: this.#path,
      headers: {
        ...(await headers?.(context)),
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
      },
      body: this.#bodyOf(request),
      timeoutMs: leftMs,
      maxResponseBytes,
      signal: request.signal,
    });
    return this.#parse(status, body);
  }

  #bodyOf({ document, query, operationName, variables }: SubgraphRequest): string {
    let start = this.#bodyStarts.get(document);
    if (start === undefined) {
      start = `${JSON.stringify({ query, operationName }).slice(0, -1)},"variables":`;
      this.#bodyStarts.set(document, start);
    }
    return `${start}${JSON.stringify(variables)}}`;
  }

  /** A GraphQL result may come with any status; anything else with a bad one says that the subgraph is not well. */
  #parse(status: number, body: string): ExecutionResult {
    let result: unknown;
    try {
      result = JSON.parse(body);
    } catch (cause) {
      throw unavailable(`The subgraph "${this.name}" answered ${status} without a GraphQL result.`, { cause });
    }
    if (isObject(result) && ('data' in result || 'errors' in result)) return result as ExecutionResult;
    throw unavailable(`The subgraph "${this.name}" answered ${status} without a GraphQL result.`);
  }

  #explain(error: unknown): unknown {
    if (!isConnectionLost(error)) return error;
    return unavailable(`The subgraph "${this.name}" cannot be reached.`, { cause: error });
  }
}

/** The connection did not come about, or ended before the answer did. */
const LOST = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
]);

const codeOf = (error: unknown) => (error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined);
const isConnectionLost = (error: unknown): boolean => LOST.has(codeOf(error) ?? '');
const isConnectionRefused = (error: unknown): boolean => codeOf(error) === 'ECONNREFUSED';

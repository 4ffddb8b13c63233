import { unavailable } from '@agentos/kernel';
import type { ExecutionResult } from 'graphql';
import { type Client, createClient, type SubscribePayload } from 'graphql-ws';
import { WebSocket } from 'ws';

export interface SubgraphSocketOptions {
  readonly name: string;
  readonly url: string;
  readonly maxMessageBytes: number;
  /** Between two pings; whoever does not answer one before the next has gone. @default 15_000 // 15 seconds */
  readonly pingMs?: number | undefined;
}

const OPENING_MS = 10_000; // 10 seconds, and as many again to be acknowledged

/** A subscriber that is so far behind is cut off: events are kept for it in memory. */
const MAX_WAITING_EVENTS = 1_000;

/**
 * The WebSockets to one subgraph. One socket per set of headers, since a socket is authenticated when it opens: subscriptions of the
 * same caller share one, and it closes with the last of them.
 */
export class SubgraphSocketPool {
  readonly #options: SubgraphSocketOptions;
  readonly #clients = new Map<string, { readonly client: Client; open: number }>();

  constructor(options: SubgraphSocketOptions) {
    this.#options = options;
  }

  subscribe(payload: SubscribePayload, headers: Readonly<Record<string, string>>): AsyncIterable<ExecutionResult> {
    const key = JSON.stringify(headers);
    let entry = this.#clients.get(key);
    if (entry === undefined) {
      entry = { client: this.#connect(headers), open: 0 };
      this.#clients.set(key, entry);
    }
    const shared = entry;
    shared.open++;
    return new SubgraphEvents(this.#options.name, shared.client, payload, () => {
      shared.open--;
      if (shared.open > 0) return;
      this.#clients.delete(key);
      shared.client.dispose();
    });
  }

  close(): void {
    for (const { client } of this.#clients.values()) client.dispose();
    this.#clients.clear();
  }

  #connect(headers: Readonly<Record<string, string>>): Client {
    const { url, maxMessageBytes, pingMs = 15_000 } = this.#options;
    // A peer that was cut off, or hangs, never closes its end: without this a subscription would be silent for ever.
    let unanswered: NodeJS.Timeout | undefined;
    const client = createClient({
      url,
      connectionParams: headers,
      // Resuming is the business of whoever knows the cursor: a subscription that breaks ends, and says so.
      retryAttempts: 0,
      keepAlive: pingMs,
      connectionAckWaitTimeout: OPENING_MS,
      on: {
        ping: (received) => {
          if (!received) unanswered = setTimeout(() => client.terminate(), pingMs);
        },
        pong: (received) => {
          if (received) clearTimeout(unanswered);
        },
        closed: () => clearTimeout(unanswered),
      },
      webSocketImpl: class extends WebSocket {
        constructor(address: string, protocols: string[]) {
          super(address, protocols, { headers, maxPayload: maxMessageBytes, handshakeTimeout: OPENING_MS });
        }
      },
    });
    return client;
  }
}

/** One subscription's events as an iterable, which closes the subscription when it is returned. */
class SubgraphEvents implements AsyncIterableIterator<ExecutionResult> {
  readonly #waiting: ExecutionResult[] = [];
  readonly #unsubscribe: () => void;
  readonly #onEnd: () => void;
  #end: { readonly error?: Error } | undefined;
  #wake: (() => void) | undefined;

  constructor(service: string, client: Client, payload: SubscribePayload, onEnd: () => void) {
    this.#onEnd = onEnd;
    this.#unsubscribe = client.subscribe(payload, {
      next: (result) => this.#push(result as ExecutionResult),
      error: (cause) => {
        // A refused operation comes as a list of GraphQL errors, anything else is the connection.
        if (Array.isArray(cause)) {
          this.#push({ errors: cause });
          this.#finish({});
        } else {
          this.#finish({ error: unavailable(`The stream of the subgraph "${service}" broke.`, { cause }) });
        }
      },
      complete: () => this.#finish({}),
    });
  }

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    while (this.#waiting.length === 0) {
      if (this.#end !== undefined) {
        const { error } = this.#end;
        this.#end = {};
        if (error !== undefined) throw error;
        return { done: true, value: undefined };
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return { done: false, value: this.#waiting.shift()! };
  }

  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    this.#waiting.length = 0;
    this.#unsubscribe();
    this.#finish({});
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #push(result: ExecutionResult): void {
    if (this.#end !== undefined) return;
    if (this.#waiting.length < MAX_WAITING_EVENTS) {
      this.#waiting.push(result);
      this.#wake?.();
      return;
    }
    this.#finish({ error: unavailable('The subscription was ended because its events were not taken in time.') });
    this.#unsubscribe();
  }

  #finish(end: { readonly error?: Error }): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#wake?.();
    this.#onEnd();
  }
}

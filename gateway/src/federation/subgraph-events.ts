import { unavailable } from '@agentos/kernel';
import type { ExecutionResult } from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import type { SubgraphSocket } from './subgraph-socket.js';

/** With so much waiting the socket is not read until the consumer has taken three quarters of it. */
const HIGH = { events: 256, bytes: 4 * 1024 * 1024 };
const LOW = { events: HIGH.events / 4, bytes: HIGH.bytes / 4 };

interface Subscription {
  readonly service: string;
  /** Of this subscription alone; it is closed with it. */
  readonly socket: SubgraphSocket;
  readonly payload: SubscribePayload;
  readonly maxStallMs: number;
  readonly onEnd: () => void;
}

/** One subscription's events as an iterable, which closes the subscription when it is returned. */
export class SubgraphEvents implements AsyncIterableIterator<ExecutionResult> {
  readonly #of: Subscription;
  readonly #waiting: { readonly result: ExecutionResult; readonly bytes: number }[] = [];
  #waitingBytes = 0;
  readonly #unsubscribe: () => void;
  #end: { readonly error?: Error } | undefined;
  #wake: (() => void) | undefined;
  /** Runs while the socket is not read. */
  #stalled: NodeJS.Timeout | undefined;

  constructor(of: Subscription) {
    this.#of = of;
    const { service, socket, payload } = of;
    this.#unsubscribe = socket.client.subscribe(payload, {
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

  /** The events that have been read and not been taken. */
  get waiting(): number {
    return this.#waiting.length;
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
    const { result, bytes } = this.#waiting.shift()!;
    this.#waitingBytes -= bytes;
    this.#taken();
    return { done: false, value: result };
  }

  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
    this.#unsubscribe();
    this.#finish({});
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #push(result: ExecutionResult): void {
    if (this.#end !== undefined) return;
    const bytes = this.#of.socket.messageBytes;
    this.#waiting.push({ result, bytes });
    this.#waitingBytes += bytes;
    if (this.#stalled === undefined && (this.#waiting.length >= HIGH.events || this.#waitingBytes >= HIGH.bytes)) {
      this.#of.socket.pause();
      this.#stalled = setTimeout(() => this.#cutOff(), this.#of.maxStallMs);
    }
    this.#wake?.();
  }

  #taken(): void {
    if (this.#stalled === undefined) return;
    if (this.#waiting.length > LOW.events || this.#waitingBytes > LOW.bytes) {
      this.#stalled.refresh();
      return;
    }
    clearTimeout(this.#stalled);
    this.#stalled = undefined;
    this.#of.socket.resume();
  }

  /** The last resort: a consumer that takes nothing would hold the subgraph's end, and what waits here, for ever. */
  #cutOff(): void {
    this.#unsubscribe();
    this.#finish({ error: unavailable('The subscription was ended because its events were not taken in time.') });
  }

  #finish(end: { readonly error?: Error }): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    clearTimeout(this.#stalled);
    this.#stalled = undefined;
    this.#wake?.();
    this.#of.socket.close();
    this.#of.onEnd();
  }
}

import { unavailable } from '@agentos/kernel';
import { type BusEvent, LaggedError, type SubscribeOptions } from './bus.js';

const defaultMaxBuffered = 1_000;

/** Where subscribers are entered and left again: what differs between the buses. */
export interface SubscriberRegistry {
  readonly closed: boolean;
  add(subscriber: Subscriber): void;
  remove(subscriber: Subscriber): void;
}

type Waiting = { resolve(result: IteratorResult<BusEvent>): void; reject(error: Error): void };
type Phase = { at: 'new' } | { at: 'open' } | { at: 'failed'; error: Error } | { at: 'ended' };

/**
 * One subscription: a bounded buffer between a bus that pushes and a reader that pulls. It is entered in the registry
 * at the first `next()`, in the same tick, and leaves it as soon as it ends for whatever reason.
 */
export class Subscriber implements AsyncIterableIterator<BusEvent> {
  #phase: Phase = { at: 'new' };
  #buffer: BusEvent[] = [];
  #waiting: Waiting[] = [];
  readonly #maxBuffered: number;

  constructor(
    readonly topic: string,
    private readonly options: SubscribeOptions,
    private readonly registry: SubscriberRegistry,
  ) {
    this.#maxBuffered = options.maxBuffered ?? defaultMaxBuffered;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<BusEvent>> {
    if (this.#phase.at === 'new') this.#open();
    const event = this.#buffer.shift();
    if (event) return Promise.resolve({ done: false, value: event });
    if (this.#phase.at === 'failed') {
      const { error } = this.#phase;
      this.#phase = { at: 'ended' }; // told once; after an error an iterator is done
      return Promise.reject(error);
    }
    if (this.#phase.at === 'ended') return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<BusEvent>> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  push(event: BusEvent): void {
    if (this.#phase.at !== 'open') return;
    if (this.options.tenantId !== undefined && this.options.tenantId !== event.tenantId) return;
    const waiting = this.#waiting.shift();
    if (waiting) waiting.resolve({ done: false, value: event });
    else if (this.#buffer.length < this.#maxBuffered) this.#buffer.push(event);
    else this.lag(`more than ${this.#maxBuffered} events were waiting to be taken`);
  }

  /** Events were or may have been left out. What is buffered is dropped too: the outbox has it, in order. */
  lag(reason: string): void {
    if (this.#phase.at === 'open') this.#leave({ at: 'failed', error: new LaggedError(this.topic, reason) });
  }

  readonly end = (): void => {
    if (this.#phase.at !== 'ended') this.#leave({ at: 'ended' });
  };

  #open(): void {
    if (this.options.signal.aborted) {
      this.#phase = { at: 'ended' };
    } else if (this.registry.closed) {
      this.#phase = { at: 'failed', error: unavailable('The event bus is closed: the server is stopping.') };
    } else {
      this.#phase = { at: 'open' };
      this.options.signal.addEventListener('abort', this.end, { once: true });
      this.registry.add(this);
    }
  }

  #leave(phase: Extract<Phase, { at: 'failed' | 'ended' }>): void {
    const wasOpen = this.#phase.at === 'open';
    const waiting = this.#waiting;
    this.#phase = phase;
    this.#buffer = [];
    this.#waiting = [];
    if (wasOpen) {
      this.options.signal.removeEventListener('abort', this.end);
      this.registry.remove(this);
    }
    if (phase.at === 'failed' && waiting[0]) {
      this.#phase = { at: 'ended' };
      waiting.shift()?.reject(phase.error);
    }
    for (const { resolve } of waiting) resolve({ done: true, value: undefined });
  }
}

import { unavailable } from '@agentos/kernel';
import type { Bus, BusEvent, SubscribeOptions } from './bus.js';
import { Subscriber, type SubscriberRegistry } from './subscriber.js';

/** The bus of the embedded mode: publisher and subscribers are in this process. */
export class InProcessBus implements Bus, SubscriberRegistry {
  readonly #subscribers = new Map<string, Set<Subscriber>>();
  #closed = false;

  get closed(): boolean {
    return this.#closed;
  }

  async publish(events: readonly BusEvent[]): Promise<void> {
    this.#requireOpen();
    for (const event of events) {
      // A subscriber that overflows leaves the set while it is walked, which a Set allows.
      for (const subscriber of this.#subscribers.get(event.topic) ?? []) subscriber.push(event);
    }
  }

  subscribe(topic: string, options: SubscribeOptions): AsyncIterable<BusEvent> {
    return new Subscriber(topic, options, this);
  }

  async ping(): Promise<void> {
    this.#requireOpen();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const subscribers of [...this.#subscribers.values()]) for (const subscriber of subscribers) subscriber.end();
  }

  add(subscriber: Subscriber): void {
    const subscribers = this.#subscribers.get(subscriber.topic);
    if (subscribers) subscribers.add(subscriber);
    else this.#subscribers.set(subscriber.topic, new Set([subscriber]));
  }

  remove(subscriber: Subscriber): void {
    const subscribers = this.#subscribers.get(subscriber.topic);
    subscribers?.delete(subscriber);
    if (subscribers?.size === 0) this.#subscribers.delete(subscriber.topic);
  }

  #requireOpen(): void {
    if (this.#closed) throw unavailable('The event bus is closed: the server is stopping.');
  }
}

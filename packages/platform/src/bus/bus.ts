/** A committed event of the outbox on its way to those who listen now. */
export interface BusEvent {
  /** Given by the relay: later events of the whole system have greater numbers. */
  readonly seq: number;
  readonly tenantId: string;
  readonly topic: string;
  /** The entity that the event is about; order is kept per key. */
  readonly key: string;
  readonly type: string;
  readonly payload: unknown;
  /** ISO 8601 */
  readonly at: string;
  readonly traceId?: string | undefined;
}

export interface SubscribeOptions {
  /** Only this tenant's events. @default every tenant's */
  readonly tenantId?: string | undefined;
  /** Ends the subscription, whatever it is waiting for. */
  readonly signal: AbortSignal;
  /** Events kept for a subscriber that does not take them; one more and it gets a LaggedError. @default 1_000 */
  readonly maxBuffered?: number | undefined;
}

/**
 * Carries events from the relay to whoever listens at this moment. It is a wake-up, not a store: the outbox is the
 * truth, a subscriber that must not miss anything listens here and reads there (`Outbox.tail`).
 */
export interface Bus {
  /**
   * At least once, in the order given; called by the relay alone.
   * @throws when it is not known that all were taken: the same events must then be published again
   */
  publish(events: readonly BusEvent[]): Promise<void>;

  /**
   * The topic's events from the first `next()` on: none that is published after that call is left out, a few from just
   * before it may come too, and an event may come twice. Ends when the signal fires, `return()` is called or the bus is
   * closed. Each subscriber has a buffer of its own, so a slow one costs nobody else.
   * @throws LaggedError from the iterator when events were or may have been left out: go back to the outbox, then
   * subscribe anew
   */
  subscribe(topic: string, options: SubscribeOptions): AsyncIterable<BusEvent>;

  /** For /readyz. @throws when the bus cannot take events now */
  ping(): Promise<void>;

  /** Ends every subscription; nothing can be published or subscribed to afterwards. */
  close(): Promise<void>;
}

/** The subscriber cannot know that it has seen every event: what it lacks is in the outbox, after the last `seq` it saw. */
export class LaggedError extends Error {
  constructor(
    readonly topic: string,
    reason: string,
  ) {
    super(`Events of the topic ${topic} may be missing: ${reason}. Read on from the outbox, then subscribe anew.`);
    this.name = 'LaggedError';
  }
}

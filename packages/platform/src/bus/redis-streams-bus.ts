import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { unavailable } from '@agentos/kernel';
import type { Redis } from 'ioredis';
import type { Bus, BusEvent, SubscribeOptions } from './bus.js';
import { publishScript, type RedisKeys, redisKeys } from './redis-keys.js';
import { RedisStreamReader } from './redis-stream-reader.js';
import { Subscriber } from './subscriber.js';

export interface RedisStreamsBusOptions {
  /** Keeps systems that share one Redis apart. @default 'agentos' */
  readonly namespace?: string | undefined;
  /** About how many events each topic keeps for readers that were cut off. @default 10_000 */
  readonly historyLength?: number | undefined;
  /** How long a topic without a new event is kept. @default 86_400_000 // 1 day */
  readonly historyMs?: number | undefined;
  /** How long Redis may be away before subscribers are sent to the outbox, and then again and again. @default 1_000 // 1 second */
  readonly outageGraceMs?: number | undefined;
  /** Troubles with the connection, which is mended by itself. */
  readonly onProblem?: ((error: Error) => void) | undefined;
}

const commandTimeoutMs = 5_000; // 5 seconds
const connectTimeoutMs = 5_000; // 5 seconds
const maxBatchEvents = 500;
const maxBatchCharacters = 4 * 1024 * 1024;

/**
 * Events between processes: one stream per topic in Redis, a window of recent events only. It may be lost at any
 * moment without loss of an event, as the outbox has them all: subscribers are then told by a LaggedError.
 */
export class RedisStreamsBus implements Bus {
  #closed = false;

  private constructor(
    private readonly commands: Redis,
    private readonly reader: RedisStreamReader,
    private readonly keys: RedisKeys,
    private readonly history: { length: number; ms: number },
  ) {}

  /**
   * Where Redis does not answer the bus is returned all the same and connects as soon as it can: `ping` and `publish`
   * fail until then.
   * @param url redis:// or rediss://, with user, password and database number where needed
   */
  static async connect(url: string, options: RedisStreamsBusOptions = {}): Promise<RedisStreamsBus> {
    const { Redis } = await import('ioredis');
    const onProblem = options.onProblem ?? (() => {});
    const open = (name: string, more: object): Redis => {
      const redis = new Redis(url, {
        lazyConnect: true,
        connectionName: `agentos-bus-${name}`,
        connectTimeout: connectTimeoutMs,
        // Full jitter, so that a thousand processes do not come back in the same instant.
        retryStrategy: (times) => Math.ceil(Math.random() * Math.min(50 * 2 ** times, 2_000)),
        // After a failover the old primary is a replica: connect anew, by the name that now leads to the new one.
        reconnectOnError: (error) => error.message.startsWith('READONLY'),
        ...more,
      });
      redis.on('error', onProblem);
      return redis;
    };
    // Commands fail at once while there is no connection: the relay keeps the events and tries again.
    const commands = open('commands', {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: commandTimeoutMs,
    });
    const blocking = open('reader', { maxRetriesPerRequest: null });
    await Promise.race([commands.connect().catch(onProblem), sleep(connectTimeoutMs, undefined, { ref: false })]);
    const keys = redisKeys(options.namespace ?? 'agentos');
    const reader = new RedisStreamReader(blocking, commands, keys, {
      outageGraceMs: options.outageGraceMs ?? 1_000,
      onProblem,
    });
    return new RedisStreamsBus(commands, reader, keys, {
      length: options.historyLength ?? 10_000,
      ms: options.historyMs ?? 86_400_000,
    });
  }

  async publish(events: readonly BusEvent[]): Promise<void> {
    for (const batch of batches(events)) {
      const topics = [...new Set(batch.map(({ event }) => event.topic))];
      const keys = [
        this.keys.generation,
        ...topics.flatMap((topic) => [this.keys.stream(topic), this.keys.count(topic)]),
      ];
      const places = new Map(topics.map((topic, index) => [topic, index + 1]));
      const entries = batch.flatMap(({ event, json }) => [places.get(event.topic) ?? 0, json]);
      const { length, ms } = this.history;
      await this.#answer(this.commands.eval(publishScript, keys.length, ...keys, randomUUID(), length, ms, ...entries));
    }
  }

  subscribe(topic: string, options: SubscribeOptions): AsyncIterable<BusEvent> {
    return new Subscriber(topic, options, this.reader);
  }

  async ping(): Promise<void> {
    await this.#answer(this.commands.ping());
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.reader.close();
    this.commands.disconnect();
  }

  async #answer(command: Promise<unknown>): Promise<void> {
    try {
      await command;
    } catch (error) {
      // The connection may be cut without either end knowing: only a new one can tell.
      if (error instanceof Error && error.message === 'Command timed out') this.commands.disconnect(true);
      if (this.#closed) throw unavailable('The event bus is closed: the server is stopping.', { cause: error });
      throw unavailable('The event bus (Redis) does not take events now. They wait in the outbox.', { cause: error });
    }
  }
}

/** Bounded, so that no single script holds Redis up for long. */
function* batches(events: readonly BusEvent[]): Generator<{ event: BusEvent; json: string }[]> {
  let batch: { event: BusEvent; json: string }[] = [];
  let characters = 0;
  for (const event of events) {
    const json = JSON.stringify(event);
    if (batch.length === maxBatchEvents || (batch.length > 0 && characters + json.length > maxBatchCharacters)) {
      yield batch;
      batch = [];
      characters = 0;
    }
    batch.push({ event, json });
    characters += json.length;
  }
  if (batch.length > 0) yield batch;
}

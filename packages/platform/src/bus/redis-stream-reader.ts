import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { BusEvent } from './bus.js';
import { positionScript, type RedisKeys } from './redis-keys.js';
import type { Subscriber, SubscriberRegistry } from './subscriber.js';

const blockMs = 2_000; // 2 seconds: how soon a Redis that was emptied is noticed where no event comes
const silenceMs = blockMs + 3_000; // no answer for so long: the connection is dead, whatever the socket says
const entriesPerRead = 500;
const wakeKeptMs = 60_000; // 1 minute

/** A topic that somebody here listens to, and how far it was read. */
interface Topic {
  readonly name: string;
  readonly subscribers: Set<Subscriber>;
  /** Unknown until Redis was asked where the topic stands. */
  position: Position | undefined;
}

interface Position {
  readonly generation: string;
  /** The id of the last entry read, or one just before the first entry wanted. */
  id: string;
  /** The number of the last entry that was handed on; before the first, of the newest at that time. */
  n: number;
  /** Until an entry was read, some that are older than `n` may come too. */
  begun: boolean;
}

type Entry = [id: string, fields: string[]];
type Reply = [key: string, entries: Entry[]][] | null;

/**
 * Reads all topics that this process listens to over one connection that blocks in XREAD. Each topic goes on from a
 * concrete id, so a cut loses nothing that Redis still has; what Redis no longer has shows in the entries' numbers.
 */
export class RedisStreamReader implements SubscriberRegistry {
  readonly #topics = new Map<string, Topic>();
  readonly #wakeKey: string;
  #wakeId = '0-0';
  #running = false;
  #outage: NodeJS.Timeout | undefined;
  closed = false;

  constructor(
    private readonly blocking: Redis,
    private readonly commands: Redis,
    private readonly keys: RedisKeys,
    private readonly options: { outageGraceMs: number; onProblem: (error: Error) => void },
  ) {
    this.#wakeKey = keys.wake(randomUUID());
    blocking.on('close', () => this.#outageBegins());
    blocking.on('ready', () => this.#outageEnds());
  }

  add(subscriber: Subscriber): void {
    const known = this.#topics.get(subscriber.topic);
    // Everything after the position is still to be handed on, so it is handed to the new subscriber too.
    if (known) {
      known.subscribers.add(subscriber);
      return;
    }
    const topic: Topic = { name: subscriber.topic, subscribers: new Set([subscriber]), position: undefined };
    this.#topics.set(topic.name, topic);
    if (!this.#running) void this.#run();
    void this.#locate(topic);
  }

  remove(subscriber: Subscriber): void {
    const topic = this.#topics.get(subscriber.topic);
    topic?.subscribers.delete(subscriber);
    if (topic?.subscribers.size === 0) this.#topics.delete(topic.name);
  }

  close(): void {
    this.closed = true;
    clearInterval(this.#outage);
    for (const topic of [...this.#topics.values()]) for (const subscriber of topic.subscribers) subscriber.end();
    // Not waited for: a command that waits for a connection is never answered once there will be none.
    this.blocking.disconnect();
  }

  /**
   * Finds the id to read from. Ids are Redis's own clock, so "when the subscriber asked" is its time at the answer less
   * what has passed here since: too early by the way of the answer, never too late.
   */
  async #locate(topic: Topic): Promise<void> {
    const askedAt = performance.now();
    try {
      const answer = await this.commands.eval(
        positionScript,
        2,
        this.keys.generation,
        this.keys.count(topic.name),
        randomUUID(),
      );
      const [generation, n, seconds, micros] = answer as [string, string, string, string];
      const sinceAskedMs = Math.ceil(performance.now() - askedAt);
      const now = Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
      topic.position = { generation, id: `${now - sinceAskedMs - 1}-0`, n: Number(n), begun: false };
      await this.#wake();
    } catch (error) {
      if (this.closed) return;
      this.options.onProblem(error as Error);
      // Not known where to begin. Held back a little, or the subscriber would come back in a tight loop.
      await sleep(this.options.outageGraceMs, undefined, { ref: false });
      if (topic.position === undefined) lag(topic, 'the event bus (Redis) did not answer');
    }
  }

  /** Lets the read under way end, so that the next one has the new topic too; at the latest it ends after blockMs. */
  async #wake(): Promise<void> {
    await this.commands
      .multi()
      .xadd(this.#wakeKey, 'MAXLEN', 1, '*', 'w', '1')
      .pexpire(this.#wakeKey, wakeKeptMs)
      .exec()
      .catch(this.options.onProblem);
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (!this.closed) {
      try {
        await this.#readOnce();
      } catch (error) {
        if (this.closed) return;
        this.options.onProblem(error as Error);
        await sleep(20, undefined, { ref: false });
      }
    }
  }

  async #readOnce(): Promise<void> {
    // Held by reference: a topic that is left and entered again meanwhile is another one, with a position of its own.
    const topics = [...this.#topics.values()].filter((topic) => topic.position !== undefined);
    const streams = [this.#wakeKey, ...topics.map((topic) => this.keys.stream(topic.name))];
    const ids = [this.#wakeId, ...topics.map((topic) => topic.position?.id ?? '$')];
    const reply = (await this.#orDisconnect(
      this.blocking.xread('COUNT', entriesPerRead, 'BLOCK', blockMs, 'STREAMS', ...streams, ...ids),
    )) as Reply;
    if (reply === null) return this.#checkGeneration(topics);
    for (const [key, entries] of reply) {
      if (key === this.#wakeKey) this.#wakeId = entries.at(-1)?.[0] ?? this.#wakeId;
      const topic = topics[streams.indexOf(key) - 1];
      if (topic && this.#topics.get(topic.name) === topic) this.#handOn(topic, entries);
    }
  }

  #handOn(topic: Topic, entries: readonly Entry[]): void {
    const { position } = topic;
    if (!position) return;
    for (const [id, fields] of entries) {
      const entry = parseEntry(fields);
      // Emptied, trimmed beyond our position, or lost in a failover: the numbers tell.
      const isNext = entry?.n === position.n + 1 || (entry !== undefined && !position.begun && entry.n <= position.n);
      if (!entry || entry.generation !== position.generation || !isNext) {
        // Redis was emptied for all topics, if for one; the others find out at their own next entry or at the next check.
        lag(topic, 'the event bus (Redis) no longer has some that were not read yet');
        return;
      }
      position.id = id;
      position.n = entry.n;
      position.begun = true;
      for (const subscriber of topic.subscribers) subscriber.push(entry.event);
    }
  }

  async #checkGeneration(topics: readonly Topic[]): Promise<void> {
    const generation = await this.#orDisconnect(this.blocking.get(this.keys.generation));
    const orphans = topics.filter((topic) => topic.position?.generation !== generation);
    if (orphans.length > 0) this.#wakeId = '0-0'; // the wake stream has begun anew too
    for (const topic of orphans) lag(topic, 'the event bus (Redis) was emptied');
  }

  /** A connection can be cut without either end being told (a lost network, a stopped server): then nothing comes back. */
  async #orDisconnect<T>(command: Promise<T>): Promise<T> {
    const timer = setInterval(() => this.blocking.disconnect(true), silenceMs);
    try {
      return await command;
    } finally {
      clearInterval(timer);
    }
  }

  /** While Redis is away subscribers are sent to the outbox again and again: it is slower, and it works. */
  #outageBegins(): void {
    if (this.closed) return;
    this.#outage ??= setInterval(() => {
      for (const topic of [...this.#topics.values()]) lag(topic, 'the event bus (Redis) is away');
    }, this.options.outageGraceMs);
    this.#outage.unref();
  }

  #outageEnds(): void {
    clearInterval(this.#outage);
    this.#outage = undefined;
  }
}

function lag(topic: Topic, reason: string): void {
  for (const subscriber of [...topic.subscribers]) subscriber.lag(reason);
}

function parseEntry(fields: readonly string[]): { generation: string; n: number; event: BusEvent } | undefined {
  const [g, generation, n, number, e, json] = fields;
  if (g !== 'g' || n !== 'n' || e !== 'e' || !generation || !number || !json) return undefined;
  return { generation, n: Number(number), event: JSON.parse(json) as BusEvent };
}

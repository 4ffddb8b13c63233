import type { Readable } from 'node:stream';
import type { BlobStore, Logger } from '@agentos/platform';
import type { Redis } from 'ioredis';
import type { EventBody, StoredEvent } from '../domain/event.js';
import { isFinished } from '../domain/execution.js';
import type { OutputSpool, SpoolKey } from '../service/ports.js';

const BATCH = 64;
/** A run that nobody ends is forgotten at last; one that has ended is in a blob soon. */
const KEEP_MS = 7 * 86_400_000; // 7 days
/** Readers that are on their way through the stream when it becomes a blob. */
const KEEP_ARCHIVED_MS = 600_000; // 10 minutes
const POLL_MS = 2_000; // a wake-up may be lost with its connection
const ARCHIVE_TRIES = 5;

/**
 * Appends events after those that are there and wakes the readers; sent again after a lost answer it adds nothing.
 * Where events are missing before the first offset (Redis was emptied, or came back with an older state) it answers 0
 * and adds nothing, unless it may leave a gap.
 * KEYS: the stream. ARGV: the channel, what to say on it, milliseconds to keep, whether it may leave a gap (1 or 0), the
 * first offset, then the events.
 */
const APPEND = `
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
local have = 0
if last[1] then have = tonumber(string.match(last[1][1], '^%d+')) end
local first = tonumber(ARGV[5])
if have < first and ARGV[4] == '0' then return 0 end
for i = 6, #ARGV do
  local n = first + i - 5
  if n > have then redis.call('XADD', KEYS[1], string.format('%d-0', n), 'e', ARGV[i]) end
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PUBLISH', ARGV[1], ARGV[2])
return 1`;

interface Writer {
  next: number;
  ended: boolean;
}

const isLast = (event: EventBody): boolean => event.kind === 'status' && isFinished(event.status);

/**
 * A spool that several processes share: a Redis stream per running execution, whose entries' ids are the offsets, and a
 * blob once it has ended.
 */
export class RedisSpool implements OutputSpool {
  readonly #writers = new Map<string, Promise<Writer>>();
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #archiving = new Set<Promise<void>>();
  #closed = false;

  private constructor(
    private readonly redis: Redis,
    private readonly wakeups: Redis,
    private readonly blobs: BlobStore,
    private readonly logger: Logger,
    private readonly namespace: string,
  ) {}

  /** @param namespace keeps systems that share one Redis apart */
  static async connect(url: string, blobs: BlobStore, logger: Logger, namespace = 'agentos'): Promise<RedisSpool> {
    const { Redis } = await import('ioredis');
    const redis = new Redis(url, { connectionName: 'agentos-spool', commandTimeout: 10_000 });
    const wakeups = new Redis(url, { connectionName: 'agentos-spool-wake', autoResubscribe: true });
    for (const connection of [redis, wakeups]) {
      connection.on('error', (error) => logger.warn({ err: error }, "the spool's connection to Redis was lost"));
    }
    const spool = new RedisSpool(redis, wakeups, blobs, logger, namespace);
    wakeups.on('message', (_channel, id) => spool.#wake(id));
    wakeups.subscribe(spool.#channel).catch(() => {}); // told by the error event; readers look by themselves
    return spool;
  }

  get #channel(): string {
    return `${this.namespace}:spool:wake`;
  }

  #stream({ tenantId, id }: SpoolKey): string {
    return `${this.namespace}:spool:{${tenantId}:${id}}`;
  }

  #blob({ tenantId, id }: SpoolKey): string {
    return `${tenantId}/executions/${id}.jsonl`;
  }

  #wake(id: string): void {
    for (const wake of this.#waiting.get(id) ?? []) wake();
  }

  append(key: SpoolKey, bodies: EventBody[]): Promise<StoredEvent[]> {
    const before = this.#turns.get(key.id) ?? Promise.resolve();
    const turn = before.catch(() => {}).then(() => this.#append(key, bodies));
    this.#turns.set(key.id, turn);
    const forget = (): void => {
      if (this.#turns.get(key.id) === turn) this.#turns.delete(key.id);
    };
    turn.then(forget, forget);
    return turn;
  }

  async #append(key: SpoolKey, bodies: EventBody[]): Promise<StoredEvent[]> {
    let opening = this.#writers.get(key.id);
    if (!opening) {
      opening = this.#open(key);
      this.#writers.set(key.id, opening);
      opening.catch(() => this.#writers.delete(key.id));
    }
    const writer = await opening;
    if (writer.ended) {
      this.#writers.delete(key.id);
      throw new Error(`Execution ${key.id} has had its last event`);
    }
    const at = Date.now();
    const events = bodies.map((body, index): StoredEvent => ({ ...body, offset: writer.next + index, at }));
    const texts = events.map((event) => JSON.stringify(event));
    const last = events.some(isLast);
    const args = [this.#channel, key.id, KEEP_MS, last ? 1 : 0, writer.next, ...texts];
    // Readers wait for the last event, so that one is told whatever is missing before it.
    if ((await this.redis.eval(APPEND, 1, this.#stream(key), ...args)) === 0) {
      throw new Error(`Redis has lost output of execution ${key.id}`);
    }
    writer.next += events.length;
    if (last) {
      writer.ended = true;
      this.#writers.delete(key.id);
      const archiving = this.#archive(key).finally(() => this.#archiving.delete(archiving));
      this.#archiving.add(archiving);
    }
    return events;
  }

  async #open(key: SpoolKey): Promise<Writer> {
    const [last] = await this.redis.xrevrange(this.#stream(key), '+', '-', 'COUNT', 1);
    if (!last) return { next: 0, ended: (await this.blobs.head(this.#blob(key))) !== null };
    const event = JSON.parse(last[1][1] ?? '') as StoredEvent;
    return { next: event.offset + 1, ended: isLast(event) };
  }

  /** Moves an ended execution to a blob; where that fails, the stream stays and is read instead. */
  async #archive(key: SpoolKey): Promise<void> {
    for (let attempt = 1; attempt <= ARCHIVE_TRIES && !this.#closed; attempt++) {
      try {
        await this.blobs.put(this.#blob(key), this.#lines(key), { contentType: 'application/jsonl' });
        await this.redis.pexpire(this.#stream(key), KEEP_ARCHIVED_MS);
        return;
      } catch (error) {
        this.logger.warn({ err: error, id: key.id, attempt }, 'the output of an ended execution could not be archived');
        await new Promise((resolve) => setTimeout(resolve, 2 ** attempt * 250 * Math.random()));
      }
    }
  }

  async *#lines(key: SpoolKey): AsyncGenerator<Uint8Array> {
    for await (const batch of this.#entries(key, -1)) yield Buffer.from(batch.map((text) => `${text}\n`).join(''));
  }

  /** The stream's entries as text. Entry n+1 is offset n, since a stream has no entry 0. */
  async *#entries(key: SpoolKey, after: number): AsyncGenerator<string[]> {
    let from = `${after + 2}-0`;
    while (true) {
      const entries = await this.redis.xrange(this.#stream(key), from, '+', 'COUNT', BATCH);
      if (entries.length > 0) yield entries.map(([, fields]) => fields[1] ?? '');
      const last = entries.at(-1)?.[0];
      if (last === undefined || entries.length < BATCH) return;
      from = `${Number.parseInt(last, 10) + 1}-0`;
    }
  }

  async *#archived(key: SpoolKey, after: number): AsyncGenerator<StoredEvent[]> {
    const blob = await this.blobs.get(this.#blob(key));
    if (!blob) return;
    for await (const lines of linesOf(blob.body)) {
      const events = lines.map((line) => JSON.parse(line) as StoredEvent).filter((event) => event.offset > after);
      if (events.length > 0) yield events;
    }
  }

  async *#stored(key: SpoolKey, after: number): AsyncGenerator<StoredEvent[]> {
    let empty = true;
    for await (const texts of this.#entries(key, after)) {
      empty = false;
      yield texts.map((text) => JSON.parse(text) as StoredEvent);
    }
    if (empty && (await this.redis.exists(this.#stream(key))) === 0) yield* this.#archived(key, after);
  }

  async *read(key: SpoolKey, after: number): AsyncIterable<StoredEvent[]> {
    yield* this.#stored(key, after);
  }

  async *follow(key: SpoolKey, after: number, signal: AbortSignal): AsyncIterable<StoredEvent[]> {
    let woken = false;
    let wake: () => void = () => {};
    const onGrowth = (): void => {
      woken = true;
      wake();
    };
    const waiting = this.#waiting.get(key.id) ?? new Set();
    this.#waiting.set(key.id, waiting.add(onGrowth));
    signal.addEventListener('abort', onGrowth);
    try {
      let last = after;
      while (!signal.aborted) {
        woken = false;
        const before = last;
        for await (const batch of this.#stored(key, last)) {
          last = batch.at(-1)?.offset ?? last;
          yield batch;
          if (batch.some(isLast)) return;
          if (signal.aborted) return;
        }
        if (last === before) {
          const { ended, next } = await this.#open(key);
          if (ended && next <= last + 1) return; // asked for what comes after the last event
          if (ended) continue; // the last event came after the look above
        }
        if (woken) continue;
        const timer = setTimeout(onGrowth, POLL_MS);
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (signal.aborted || woken) resolve();
        });
        clearTimeout(timer);
      }
    } finally {
      signal.removeEventListener('abort', onGrowth);
      waiting.delete(onGrowth);
      if (waiting.size === 0 && this.#waiting.get(key.id) === waiting) this.#waiting.delete(key.id);
    }
  }

  async remove(key: SpoolKey): Promise<void> {
    await Promise.all(this.#archiving);
    await this.redis.del(this.#stream(key));
    await this.blobs.delete(this.#blob(key));
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#turns.values(), ...this.#archiving]);
    this.#closed = true;
    this.wakeups.disconnect();
    this.redis.disconnect();
  }
}

async function* linesOf(body: Readable): AsyncGenerator<string[]> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of body as AsyncIterable<Buffer>) {
    const bytes = Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(10) + 1;
    rest = bytes.subarray(end);
    if (end > 0)
      yield bytes
        .subarray(0, end - 1)
        .toString()
        .split('\n');
  }
}

import { mkdirSync } from 'node:fs';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { EventBody, StoredEvent } from '../domain/event.js';
import { isFinished } from '../domain/execution.js';
import type { OutputSpool, SpoolKey } from '../service/ports.js';

const READ_BYTES = 256 * 1024;
const NEWLINE = 10;

interface Writer {
  /** Closed while a run waits for its turn: thousands may wait, and descriptors are few. */
  file: FileHandle | null;
  next: number;
  ended: boolean;
}

const isLast = (event: EventBody): boolean => event.kind === 'status' && isFinished(event.status);

/**
 * A spool of one file per execution, one event a line, for where one process does everything. A line is there when its
 * newline is: what a killed process left behind half-written is cut off when the execution is written to again.
 */
export class FileSpool implements OutputSpool {
  readonly #writers = new Map<string, Promise<Writer>>();
  /** The last append to each execution: the next one comes after it. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  #path({ tenantId, id }: SpoolKey): string {
    if (!/^[\w-]+$/.test(tenantId) || !/^[\w-]+$/.test(id)) throw new Error('Not an id');
    return join(this.folder, tenantId, `${id}.jsonl`);
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
    try {
      if (writer.ended) throw new Error(`Execution ${key.id} has had its last event`);
      const at = Date.now();
      const events = bodies.map((body, index): StoredEvent => ({ ...body, offset: writer.next + index, at }));
      writer.file ??= await open(this.#path(key), 'a', 0o600);
      await writer.file.appendFile(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
      writer.next += events.length;
      writer.ended = events.some(isLast);
      for (const wake of this.#waiting.get(key.id) ?? []) wake();
      return events;
    } finally {
      if (writer.ended) this.#writers.delete(key.id);
      const last = bodies.at(-1);
      if (writer.ended || (last?.kind === 'status' && last.status === 'QUEUED')) {
        const { file } = writer;
        writer.file = null;
        await file?.close();
      }
    }
  }

  /** Opens for writing behind the last whole line. */
  async #open(key: SpoolKey): Promise<Writer> {
    const path = this.#path(key);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, 'a+', 0o600);
    let next = 0;
    let ended = false;
    let end = 0;
    for await (const { lines, position } of linesOf(file, 0)) {
      next += lines.length;
      end = position;
      const last = lines.at(-1);
      if (last) ended = isLast(JSON.parse(last.toString()) as StoredEvent);
    }
    await file.truncate(end);
    return { file, next, ended };
  }

  async *read(key: SpoolKey, after: number): AsyncIterable<StoredEvent[]> {
    yield* this.#events(key, after, null);
  }

  async *follow(key: SpoolKey, after: number, signal: AbortSignal): AsyncIterable<StoredEvent[]> {
    yield* this.#events(key, after, signal);
  }

  async *#events(key: SpoolKey, after: number, live: AbortSignal | null): AsyncIterable<StoredEvent[]> {
    const path = this.#path(key);
    let woken = false;
    let wake: () => void = () => {};
    const onGrowth = (): void => {
      woken = true;
      wake();
    };
    const waiting = this.#waiting.get(key.id) ?? new Set();
    this.#waiting.set(key.id, waiting.add(onGrowth));
    live?.addEventListener('abort', onGrowth);
    let file: FileHandle | null = null;
    try {
      let offset = 0;
      let position = 0;
      while (!live?.aborted) {
        woken = false;
        file ??= await openToRead(path);
        if (file) {
          for await (const batch of linesOf(file, position)) {
            position = batch.position;
            const skipped = Math.min(batch.lines.length, Math.max(0, after + 1 - offset));
            offset += batch.lines.length;
            const events = batch.lines.slice(skipped).map((line) => JSON.parse(line.toString()) as StoredEvent);
            if (events.length > 0) yield events;
            // An execution's last event ends it also for a reader who asked for what comes after it.
            const last = batch.lines.at(-1);
            if (last && isLast(JSON.parse(last.toString()) as StoredEvent)) return;
            if (live?.aborted) return;
          }
        }
        if (live === null) return;
        if (!woken) {
          await new Promise<void>((resolve) => {
            wake = resolve;
            if (live.aborted) resolve();
          });
        }
      }
    } finally {
      live?.removeEventListener('abort', onGrowth);
      waiting.delete(onGrowth);
      if (waiting.size === 0 && this.#waiting.get(key.id) === waiting) this.#waiting.delete(key.id);
      await file?.close();
    }
  }

  async remove(key: SpoolKey): Promise<void> {
    await rm(this.#path(key), { force: true });
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#turns.values());
    for (const opening of this.#writers.values()) {
      const writer = await opening.catch(() => null);
      await writer?.file?.close();
    }
    this.#writers.clear();
  }
}

async function openToRead(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null; // nothing stored yet
    throw error;
  }
}

/** The whole lines from a position on, in batches; `position` is behind the batch's last line. */
async function* linesOf(file: FileHandle, from: number): AsyncIterable<{ lines: Buffer[]; position: number }> {
  let position = from;
  let rest = Buffer.alloc(0);
  while (true) {
    const chunk = Buffer.alloc(READ_BYTES);
    const { bytesRead } = await file.read(chunk, 0, READ_BYTES, position + rest.byteLength);
    if (bytesRead === 0) return;
    const bytes = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      lines.push(bytes.subarray(start, end));
      start = end + 1;
    }
    rest = bytes.subarray(start);
    position += start;
    if (lines.length > 0) yield { lines, position };
  }
}

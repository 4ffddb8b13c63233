import type { EventBody, OutputStream } from '../domain/event.js';
import { decodeUtf8, unfinishedTail } from '../domain/utf8.js';
import type { OutputPiece } from './ports.js';

const CHUNK_BYTES = 64 * 1024;
const JOIN_MS = 10;

export interface PumpOptions {
  /** Bytes of both streams together that are kept. */
  limitBytes: number;
  /** Told once, when the program printed more. What still comes is dropped. */
  onLimit: () => void;
  /** Stores what was printed; the program waits while it does. */
  emit: (bodies: EventBody[]) => Promise<void>;
}

/** What waits to be stored, in the order of its arrival, and the first bytes of code points that are not whole yet. */
class Joiner {
  readonly #pieces: OutputPiece[] = [];
  readonly #tails = new Map<OutputStream, Buffer>();
  bytes = 0;

  add(piece: OutputPiece): void {
    this.#pieces.push(piece);
    this.bytes += piece.bytes.byteLength;
  }

  /** Takes everything out as events; with `last`, also what never became whole. */
  take(last: boolean): EventBody[] {
    const bodies: EventBody[] = [];
    for (const { stream, bytes } of this.#joined()) {
      const tail = last ? 0 : unfinishedTail(bytes);
      if (tail > 0) this.#tails.set(stream, bytes.subarray(bytes.byteLength - tail));
      const whole = bytes.subarray(0, bytes.byteLength - tail);
      if (whole.byteLength > 0) bodies.push(bodyOf(stream, whole));
    }
    return bodies;
  }

  *#joined(): Iterable<OutputPiece> {
    let parts: Buffer[] = [];
    let size = 0;
    let stream: OutputStream | null = null;
    const pieces = this.#pieces.splice(0);
    this.bytes = 0;
    for (const tailOf of this.#tails.keys()) {
      if (!pieces.some((piece) => piece.stream === tailOf)) pieces.push({ stream: tailOf, bytes: Buffer.alloc(0) });
    }
    for (const piece of pieces) {
      if (stream !== null && (piece.stream !== stream || size + piece.bytes.byteLength > CHUNK_BYTES)) {
        yield { stream, bytes: Buffer.concat(parts) };
        parts = [];
        size = 0;
      }
      stream = piece.stream;
      const tail = this.#tails.get(stream);
      if (tail) {
        this.#tails.delete(stream);
        parts.push(tail);
        size += tail.byteLength;
      }
      parts.push(piece.bytes);
      size += piece.bytes.byteLength;
    }
    if (stream !== null) yield { stream, bytes: Buffer.concat(parts) };
  }
}

function bodyOf(stream: OutputStream, bytes: Buffer): EventBody {
  const text = decodeUtf8(bytes);
  return text === null
    ? { kind: 'output', stream, text: '', base64: bytes.toString('base64') }
    : { kind: 'output', stream, text };
}

/**
 * Turns what a program writes into output events: joined up to 64 KB or 10 ms, code points whole, at most so many bytes.
 * Resolves when the output has ended and everything is stored.
 */
export async function pumpOutput(
  output: AsyncIterable<OutputPiece>,
  options: PumpOptions,
): Promise<{ bytes: number; truncated: boolean }> {
  const joiner = new Joiner();
  const pieces = output[Symbol.asyncIterator]();
  let kept = 0;
  let truncated = false;
  let next = pieces.next();
  let timer: NodeJS.Timeout | undefined;
  let due: Promise<'due'> | null = null;
  const flush = async (last: boolean): Promise<void> => {
    clearTimeout(timer);
    due = null;
    const bodies = joiner.take(last);
    if (bodies.length > 0) await options.emit(bodies);
  };
  while (true) {
    const came: 'due' | IteratorResult<OutputPiece> = due ? await Promise.race([next, due]) : await next;
    if (came === 'due') {
      await flush(false);
      continue;
    }
    if (came.done) break;
    next = pieces.next();
    const { stream } = came.value;
    const room = options.limitBytes - kept;
    const cut = came.value.bytes.byteLength > room;
    const bytes = cut ? came.value.bytes.subarray(0, Math.max(0, room)) : came.value.bytes;
    kept += bytes.byteLength;
    if (cut && !truncated) {
      truncated = true;
      options.onLimit();
    }
    for (let at = 0; at < bytes.byteLength; at += CHUNK_BYTES) {
      joiner.add({ stream, bytes: bytes.subarray(at, at + CHUNK_BYTES) });
    }
    if (joiner.bytes >= CHUNK_BYTES) await flush(false);
    else if (joiner.bytes > 0 && due === null) {
      due = new Promise((resolve) => {
        timer = setTimeout(() => resolve('due'), JOIN_MS);
      });
    }
  }
  // A code point that our own cut went through is dropped; one that the program left open is shown as the bytes it is.
  await flush(!truncated);
  return { bytes: kept, truncated };
}

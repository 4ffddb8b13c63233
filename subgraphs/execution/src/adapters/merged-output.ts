import type { Readable } from 'node:stream';
import type { OutputStream } from '../domain/event.js';
import type { OutputPiece } from '../service/ports.js';

const HIGH_WATER_BYTES = 256 * 1024;

/**
 * Both outputs of a program in the order in which they arrive. What nobody reads is not read from the pipes either, so
 * that the program waits rather than our heap grows.
 */
export class MergedOutput implements AsyncIterable<OutputPiece> {
  readonly #pieces: OutputPiece[] = [];
  readonly #sources: Readable[] = [];
  #waitingBytes = 0;
  #open = 0;
  #wake: () => void = () => {};
  #close: () => void = () => {};
  /** Resolves when every source has been read to its end. */
  readonly closed = new Promise<void>((resolve) => {
    this.#close = resolve;
  });

  add(stream: OutputStream, source: Readable): void {
    this.addSource(source, (bytes) => this.push({ stream, bytes }));
  }

  /** A source of another form: `take` makes pieces of it and pushes them. */
  addSource(source: Readable, take: (bytes: Buffer) => void): void {
    this.#open += 1;
    this.#sources.push(source);
    source.on('data', take);
    let closed = false;
    const close = (): void => {
      if (closed) return;
      closed = true;
      this.#open -= 1;
      if (this.#open === 0) this.#close();
      this.#wake();
    };
    source.once('end', close).once('error', close).once('close', close);
  }

  push(piece: OutputPiece): void {
    this.#pieces.push(piece);
    this.#waitingBytes += piece.bytes.byteLength;
    if (this.#waitingBytes >= HIGH_WATER_BYTES) for (const source of this.#sources) source.pause();
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<OutputPiece> {
    while (true) {
      const piece = this.#pieces.shift();
      if (piece) {
        const before = this.#waitingBytes;
        this.#waitingBytes -= piece.bytes.byteLength;
        if (before >= HIGH_WATER_BYTES && this.#waitingBytes < HIGH_WATER_BYTES) {
          for (const source of this.#sources) source.resume();
        }
        yield piece;
      } else if (this.#open === 0) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}

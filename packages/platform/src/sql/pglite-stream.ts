import { Duplex } from 'node:stream';
import type { Worker } from 'node:worker_threads';

/** What a server says after the start-up message: authenticated, a few parameters, ready. */
const startupAnswer = (() => {
  const message = (type: string, body: Buffer) => {
    const head = Buffer.alloc(5);
    head.write(type);
    head.writeInt32BE(body.length + 4, 1);
    return Buffer.concat([head, body]);
  };
  const parameter = (name: string, value: string) => message('S', Buffer.from(`${name}\0${value}\0`));
  return Buffer.concat([
    message('R', Buffer.alloc(4)),
    parameter('client_encoding', 'UTF8'),
    parameter('standard_conforming_strings', 'on'),
    parameter('DateStyle', 'ISO, MDY'),
    message('Z', Buffer.from('I')),
  ]);
})();

const terminate = 'X'.charCodeAt(0);

/**
 * A socket as node-postgres wants it, whose other end is the PGlite worker: no port and no file, so it works alike on
 * every platform and nobody else can connect.
 */
export class PGliteStream extends Duplex {
  #started = false;
  readonly #worker: Worker;
  readonly #onAnswer = (answer: unknown) => {
    if (answer instanceof Uint8Array) this.push(Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength));
  };
  readonly #onExit = () => this.destroy(new Error('The embedded database has stopped.'));

  constructor(worker: Worker) {
    super();
    this.#worker = worker;
    worker.on('message', this.#onAnswer);
    worker.on('exit', this.#onExit);
    worker.on('error', this.#onExit);
  }

  connect(): this {
    setImmediate(() => this.emit('connect'));
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }

  override _read(): void {
    // answers are pushed as they come
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(chunk);
    done();
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk)));
    done();
  }

  #send(bytes: Buffer): void {
    if (!this.#started) {
      this.#started = true;
      this.push(startupAnswer);
      return;
    }
    // PGlite has one backend for its whole life: the end of a connection is not the end of the backend.
    if (bytes[0] === terminate) {
      this.end();
      this.push(null);
      return;
    }
    this.#worker.postMessage(new Uint8Array(bytes));
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#worker.off('message', this.#onAnswer);
    this.#worker.off('exit', this.#onExit);
    this.#worker.off('error', this.#onExit);
    done(error);
  }
}

/** The part of tar-stream 2 that is used here; the package brings no types. */
declare module 'tar-stream' {
  import type { Readable, Writable } from 'node:stream';

  interface Header {
    readonly name: string;
    readonly type: string;
    readonly linkname: string | null;
    /** bytes */
    readonly size: number;
  }
  interface Extract extends Writable {
    on(event: 'entry', listener: (header: Header, body: Readable, next: (error?: Error) => void) => void): this;
    on(event: string, listener: (...args: never[]) => void): this;
  }
  interface Pack extends Readable {
    entry(header: { name: string; type?: string; linkname?: string }, content?: string | Buffer): Writable;
    finalize(): void;
  }
  const tar: { extract(): Extract; pack(): Pack };
  export default tar;
}

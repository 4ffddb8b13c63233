/** Takes a supervisor's report lines, which begin with a secret prefix, out of the stream that carries them. */
export class ControlFilter {
  readonly #prefix: Buffer;
  #held: Buffer = Buffer.alloc(0);

  constructor(
    prefix: string,
    private readonly onLine: (line: string) => void,
  ) {
    this.#prefix = Buffer.from(prefix);
  }

  /** What of these bytes is the program's own; the beginning of what may be a report is held back. */
  push(bytes: Buffer): Buffer {
    let rest = this.#held.byteLength > 0 ? Buffer.concat([this.#held, bytes]) : bytes;
    this.#held = Buffer.alloc(0);
    const own: Buffer[] = [];
    for (let at = rest.indexOf(this.#prefix); at >= 0; at = rest.indexOf(this.#prefix)) {
      own.push(rest.subarray(0, at));
      const end = rest.indexOf(10, at);
      if (end < 0) {
        this.#held = rest.subarray(at);
        return Buffer.concat(own);
      }
      this.onLine(rest.subarray(at + this.#prefix.byteLength, end).toString());
      rest = rest.subarray(end + 1);
    }
    const begun = this.#begun(rest);
    this.#held = rest.subarray(rest.byteLength - begun);
    own.push(rest.subarray(0, rest.byteLength - begun));
    return own.length === 1 ? (own[0] as Buffer) : Buffer.concat(own);
  }

  /** What was held back and turned out to be the program's own. */
  end(): Buffer {
    return this.#held;
  }

  /** How many bytes at the end begin the prefix. */
  #begun(bytes: Buffer): number {
    for (let length = Math.min(this.#prefix.byteLength - 1, bytes.byteLength); length > 0; length--) {
      if (bytes.subarray(bytes.byteLength - length).equals(this.#prefix.subarray(0, length))) return length;
    }
    return 0;
  }
}

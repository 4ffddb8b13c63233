import type { Embedder } from '../service/ports.js';

/** Remembers the vectors of the texts it saw last: the same question comes again, the same line is stored again. */
export class CachingEmbedder implements Embedder {
  readonly #vectors = new Map<string, Float32Array>();

  /** @param options.size in texts, of some 2 kB each @default 2_000 */
  constructor(
    private readonly inner: Embedder,
    private readonly options: { size: number } = { size: 2_000 },
  ) {}

  get model(): string {
    return this.inner.model;
  }

  get dimensions(): number {
    return this.inner.dimensions;
  }

  async embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    const missing = [...new Set(texts.filter((text) => !this.#vectors.has(text)))];
    const made = new Map<string, Float32Array>();
    for (const text of texts) {
      const known = this.#vectors.get(text);
      if (known !== undefined) made.set(text, known);
    }
    for (const [i, vector] of (await this.inner.embed(missing, signal)).entries())
      made.set(missing[i] as string, vector);
    for (const [text, vector] of made) {
      this.#vectors.delete(text); // set again, it is the youngest
      if (text.length <= maxRemembered) this.#vectors.set(text, vector);
    }
    for (const text of this.#vectors.keys()) {
      if (this.#vectors.size <= this.options.size) break;
      this.#vectors.delete(text);
    }
    return texts.map((text) => made.get(text) as Float32Array);
  }

  warm(): Promise<void> {
    return this.inner.warm();
  }

  close(): Promise<void> {
    this.#vectors.clear();
    return this.inner.close();
  }
}
const maxRemembered = 2_000; // characters

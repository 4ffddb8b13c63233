/**
 * Turns texts into vectors whose nearness is nearness of meaning.
 *
 * Vectors have length 1, so the dot product is the cosine. The same text gives the same vector whatever it is embedded
 * together with: a vector may be cached by the text alone.
 */
export interface Embedder {
  /** Stored beside every vector; vectors of different models are never compared. */
  readonly model: string;
  readonly dimensions: number;
  /**
   * One vector per text, in their order. Few texts overtake many: a search does not wait for a bulk load.
   * @throws AgentOSError UNAVAILABLE when the model cannot run; RATE_LIMITED when too many texts wait
   */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>;
  /** Loads the model before the first text asks for it; failing is not an error here, the first text will tell. */
  warm(): Promise<void>;
  close(): Promise<void>;
}

/** Counts tokens as a language model does. */
export interface TokenCounter {
  /** The counting itself is quick; the vocabulary is loaded when it is first asked for. */
  load(): Promise<(text: string) => number>;
}

import type { Readable } from 'node:stream';

export interface BlobInfo {
  readonly key: string;
  /** bytes */
  readonly size: number;
  readonly contentType: string;
}

export interface BlobRange {
  /** bytes from the beginning; at or behind the end nothing is read */
  readonly offset: number;
  /** bytes at most @default to the end */
  readonly length?: number | undefined;
}

export interface StoredBlob extends BlobInfo {
  /** The whole, or the range asked for. Read it to its end or destroy it: it holds a file or a connection. */
  readonly body: Readable;
}

export type BlobBody = Uint8Array | AsyncIterable<Uint8Array>;

/**
 * Bytes under keys of the form `<tenantId>/…` (see `requireBlobKey`). A blob is there whole or not at all, also after a
 * crash in the middle of a `put`; a `put` over an old blob replaces it in one instant. Choose keys so that none is a
 * folder of another (`a` beside `a/b`): S3 stores that keep files refuse that.
 *
 * Every method throws AgentOSError BAD_USER_INPUT for a key that is none, and UNAVAILABLE where the store does not answer.
 */
export interface BlobStore {
  /**
   * Durable once it returns. Where `body` fails, what was there before stays.
   * @returns the number of bytes
   */
  put(key: string, body: BlobBody, options: { contentType: string }): Promise<number>;

  /** `size` is that of the whole blob. @returns null where there is none */
  get(key: string, options?: { range?: BlobRange | undefined }): Promise<StoredBlob | null>;

  /** @returns null where there is none */
  head(key: string): Promise<BlobInfo | null>;

  /** No error where there is none. */
  delete(key: string): Promise<void>;

  /**
   * In the order of the keys' bytes.
   * @param prefix a tenant or a folder of it, ending in a slash
   */
  list(prefix: string): AsyncIterable<Pick<BlobInfo, 'key' | 'size'>>;

  /** @returns how many were deleted */
  deletePrefix(prefix: string): Promise<number>;

  /** For /readyz. @throws when the store does not answer */
  ping(): Promise<void>;

  close(): Promise<void>;
}

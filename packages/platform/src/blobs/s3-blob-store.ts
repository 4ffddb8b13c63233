import { Readable } from 'node:stream';
import { AgentOSError, unavailable } from '@agentos/kernel';
import type * as S3 from '@aws-sdk/client-s3';
import { requireBlobKey, requireBlobPrefix } from './blob-key.js';
import type { BlobBody, BlobInfo, BlobRange, BlobStore, StoredBlob } from './blob-store.js';

export interface S3BlobStoreOptions {
  readonly endpoint: string;
  /** Made at the first use where it is missing. */
  readonly bucket: string;
  readonly region: string;
}

const partBytes = 8 * 1024 * 1024; // 8 MiB: the whole blob where it is no larger; S3 wants at least 5
const connectTimeoutMs = 3_000; // 3 seconds
const requestTimeoutMs = 60_000; // 1 minute without a byte
const defaultContentType = 'application/octet-stream';

/** Blobs in one bucket of an S3-compatible store, by path-style addresses. Credentials come from the environment. */
export class S3BlobStore implements BlobStore {
  #bucketReady: Promise<void> | undefined;

  private constructor(
    private readonly s3: typeof S3,
    private readonly client: S3.S3Client,
    private readonly options: S3BlobStoreOptions,
  ) {}

  /** Does not wait for the store: what is asked of it fails with UNAVAILABLE until it answers. */
  static async open(options: S3BlobStoreOptions): Promise<S3BlobStore> {
    // The pinned version works on Node 20; that later ones will not is nothing an operator can act on at run time.
    process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
    const s3 = await import('@aws-sdk/client-s3');
    const client = new s3.S3Client({
      endpoint: options.endpoint,
      region: options.region,
      forcePathStyle: true,
      maxAttempts: 3,
      requestHandler: { connectionTimeout: connectTimeoutMs, requestTimeout: requestTimeoutMs },
      // Newer checksums are not known to every S3-compatible store.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
    return new S3BlobStore(s3, client, options);
  }

  async put(key: string, body: BlobBody, options: { contentType: string }): Promise<number> {
    const target = { Bucket: this.options.bucket, Key: requireBlobKey(key), ContentType: options.contentType };
    await this.#ready();
    const parts = partsOf(body);
    try {
      // Taken from the caller before anything is sent, and outside of #ask: what fails here is the caller's own.
      const first = await parts.next();
      const bytes = first.done ? Buffer.alloc(0) : first.value;
      if (bytes.length < partBytes) {
        await this.#ask(() => this.client.send(new this.s3.PutObjectCommand({ ...target, Body: bytes })));
        return bytes.length;
      }
      return await this.#putParts(target, bytes, parts);
    } finally {
      await parts.return(undefined);
    }
  }

  async get(key: string, options: { range?: BlobRange | undefined } = {}): Promise<StoredBlob | null> {
    const target = { Bucket: this.options.bucket, Key: requireBlobKey(key) };
    const { range } = options;
    const rangeHeader =
      range && `bytes=${range.offset}-${range.length === undefined ? '' : range.offset + range.length - 1}`;
    if (range?.length === 0) return this.#nothingOf(key);
    await this.#ready();
    const answer = await this.#ask(
      () => this.client.send(new this.s3.GetObjectCommand({ ...target, Range: rangeHeader })),
      {
        NoSuchKey: () => null,
        NotFound: () => null,
        InvalidRange: () => 'behind the end' as const,
      },
    );
    if (answer === null) return null;
    if (answer === 'behind the end') return this.#nothingOf(key);
    // "bytes 0-9/1234": the size of the whole stands behind the slash.
    const size = Number(answer.ContentRange?.split('/')[1] ?? answer.ContentLength ?? 0);
    const body = answer.Body instanceof Readable ? answer.Body : Readable.from([]);
    return { key, size, contentType: answer.ContentType ?? defaultContentType, body };
  }

  async head(key: string): Promise<BlobInfo | null> {
    const target = { Bucket: this.options.bucket, Key: requireBlobKey(key) };
    await this.#ready();
    const answer = await this.#ask(() => this.client.send(new this.s3.HeadObjectCommand(target)), {
      NoSuchKey: () => null,
      NotFound: () => null,
    });
    return answer && { key, size: answer.ContentLength ?? 0, contentType: answer.ContentType ?? defaultContentType };
  }

  async delete(key: string): Promise<void> {
    const target = { Bucket: this.options.bucket, Key: requireBlobKey(key) };
    await this.#ready();
    await this.#ask(() => this.client.send(new this.s3.DeleteObjectCommand(target)), {
      NoSuchKey: () => null,
      NotFound: () => null,
    });
  }

  async *list(prefix: string): AsyncGenerator<Pick<BlobInfo, 'key' | 'size'>> {
    for await (const page of this.#pages(prefix)) yield* page;
  }

  async deletePrefix(prefix: string): Promise<number> {
    let deleted = 0;
    for await (const page of this.#pages(prefix)) {
      const Delete = { Objects: page.map(({ key }) => ({ Key: key })), Quiet: true };
      const answer = await this.#ask(() =>
        this.client.send(new this.s3.DeleteObjectsCommand({ Bucket: this.options.bucket, Delete })),
      );
      const failed = answer.Errors ?? [];
      if (failed.length > 0) {
        throw unavailable(
          `The blob store deleted ${deleted + page.length - failed.length} blobs and then refused ${failed.length}.`,
        );
      }
      deleted += page.length;
    }
    return deleted;
  }

  async ping(): Promise<void> {
    await this.#ready();
    await this.#ask(() => this.client.send(new this.s3.HeadBucketCommand({ Bucket: this.options.bucket })));
  }

  async close(): Promise<void> {
    this.client.destroy();
  }

  /** Large ones go up in parts, and are there only once the last is: a failed one leaves nothing. */
  async #putParts(
    target: { Bucket: string; Key: string; ContentType: string },
    first: Buffer,
    rest: AsyncGenerator<Buffer>,
  ): Promise<number> {
    const { Bucket, Key } = target;
    const { UploadId } = await this.#ask(() => this.client.send(new this.s3.CreateMultipartUploadCommand(target)));
    const done: S3.CompletedPart[] = [];
    let size = 0;
    const send = async (Body: Buffer) => {
      const PartNumber = done.length + 1;
      const command = new this.s3.UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body });
      const { ETag } = await this.#ask(() => this.client.send(command));
      done.push({ PartNumber, ETag });
      size += Body.length;
    };
    try {
      await send(first);
      for await (const part of rest) await send(part);
      const MultipartUpload = { Parts: done };
      await this.#ask(() =>
        this.client.send(new this.s3.CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload })),
      );
      return size;
    } catch (error) {
      // Where this fails too, the bucket's own rule for unfinished uploads removes the parts; the first error counts.
      await this.client.send(new this.s3.AbortMultipartUploadCommand({ Bucket, Key, UploadId })).catch(() => {});
      throw error;
    }
  }

  async #nothingOf(key: string): Promise<StoredBlob | null> {
    const info = await this.head(key);
    return info && { ...info, body: Readable.from([]) };
  }

  async *#pages(prefix: string): AsyncGenerator<Pick<BlobInfo, 'key' | 'size'>[]> {
    const Prefix = requireBlobPrefix(prefix);
    await this.#ready();
    // By the last key rather than by a token: what was listed may be deleted before the next page is asked for.
    for (let last: string | undefined; ; ) {
      const command = new this.s3.ListObjectsV2Command({ Bucket: this.options.bucket, Prefix, StartAfter: last });
      const { Contents = [], IsTruncated } = await this.#ask(() => this.client.send(command));
      const page = Contents.map(({ Key, Size }) => ({ key: Key ?? '', size: Size ?? 0 }));
      if (page.length > 0) yield page;
      last = page.at(-1)?.key;
      if (!IsTruncated || last === undefined) return;
    }
  }

  /** Once; where it failed, tried again at the next use. */
  #ready(): Promise<void> {
    this.#bucketReady ??= this.#createBucket().catch((error: unknown) => {
      this.#bucketReady = undefined;
      throw error;
    });
    return this.#bucketReady;
  }

  async #createBucket(): Promise<void> {
    const { bucket: Bucket, region } = this.options;
    const missing = () => 'missing' as const;
    const found = await this.#ask(() => this.client.send(new this.s3.HeadBucketCommand({ Bucket })), {
      NotFound: missing,
      NoSuchBucket: missing,
    });
    if (found !== 'missing') return;
    // In us-east-1 naming the region is an error, elsewhere leaving it out is.
    const place =
      region === 'us-east-1'
        ? {}
        : { CreateBucketConfiguration: { LocationConstraint: region as S3.BucketLocationConstraint } };
    const ours = () => null;
    await this.#ask(() => this.client.send(new this.s3.CreateBucketCommand({ Bucket, ...place })), {
      BucketAlreadyOwnedByYou: ours, // another process was quicker
      BucketAlreadyExists: ours,
    });
  }

  /** @param expected errors that are answers, by name */
  async #ask<T, E = never>(
    request: () => Promise<T>,
    expected: Readonly<Record<string, () => E>> = {},
  ): Promise<T | E> {
    try {
      return await request();
    } catch (error) {
      const answer = error instanceof Error ? expected[error.name] : undefined;
      if (answer) return answer();
      if (error instanceof AgentOSError) throw error;
      throw unavailable('The blob store (S3) does not answer, or refuses.', { cause: error });
    }
  }
}

/** The bytes in parts of one size, the last one excepted; one empty part at most, never more than one part in memory. */
async function* partsOf(body: BlobBody): AsyncGenerator<Buffer, undefined> {
  let chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body instanceof Uint8Array ? [body] : body) {
    for (let from = 0; from < chunk.length; ) {
      const piece = chunk.subarray(from, from + partBytes - size);
      chunks.push(piece);
      size += piece.length;
      from += piece.length;
      if (size < partBytes) continue;
      yield Buffer.concat(chunks);
      chunks = [];
      size = 0;
    }
  }
  if (size > 0) yield Buffer.concat(chunks);
}

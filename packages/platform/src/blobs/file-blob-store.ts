import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, rmdir, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { AgentOSError, unavailable } from '@agentos/kernel';
import { encodeHeader, nameInKey, pathOfKey, pathOfPrefix, readHeader } from './blob-file.js';
import { requireBlobKey, requireBlobPrefix } from './blob-key.js';
import type { BlobBody, BlobInfo, BlobRange, BlobStore, StoredBlob } from './blob-store.js';

const abandonedMs = 86_400_000; // 1 day: a file still being written is younger

/** Blobs as files under one folder, for the embedded mode. Several processes may use the folder at once. */
export class FileBlobStore implements BlobStore {
  readonly #writing: string;
  #swept: Promise<void> | undefined;

  constructor(private readonly folder: string) {
    this.#writing = join(folder, 'writing');
  }

  async put(key: string, body: BlobBody, options: { contentType: string }): Promise<number> {
    const target = this.#fileOf(key);
    this.#swept ??= this.#sweep();
    await this.#swept;
    const temporary = join(this.#writing, randomUUID());
    let failedBody: { error: unknown } | undefined;
    try {
      let size = 0;
      await using file = await open(temporary, 'wx', 0o600);
      await write(file, encodeHeader(options));
      for await (const chunk of chunksOf(body, (error) => (failedBody = { error }))) {
        await write(file, chunk);
        size += chunk.length;
      }
      await file.sync();
      await file.close();
      await putInPlace(temporary, target);
      return size;
    } catch (error) {
      await rm(temporary, { force: true });
      throw failedBody ? failedBody.error : storeError(error);
    }
  }

  async get(key: string, options: { range?: BlobRange | undefined } = {}): Promise<StoredBlob | null> {
    const file = await this.#open(key);
    if (!file) return null;
    try {
      const { contentType, start } = await readHeader(file);
      const size = (await file.stat()).size - start;
      const offset = Math.min(options.range?.offset ?? 0, size);
      const length = Math.min(options.range?.length ?? size, size - offset);
      if (length === 0) {
        await file.close();
        return { key, size, contentType, body: Readable.from([]) };
      }
      // The stream closes the file at its end and when it is destroyed.
      const body = file.createReadStream({ start: start + offset, end: start + offset + length - 1 });
      return { key, size, contentType, body };
    } catch (error) {
      await file.close();
      throw storeError(error);
    }
  }

  async head(key: string): Promise<BlobInfo | null> {
    const file = await this.#open(key);
    if (!file) return null;
    try {
      const { contentType, start } = await readHeader(file);
      return { key, size: (await file.stat()).size - start, contentType };
    } catch (error) {
      throw storeError(error);
    } finally {
      await file.close();
    }
  }

  async delete(key: string): Promise<void> {
    const path = this.#fileOf(key);
    try {
      await unlink(path);
      await syncFolder(dirname(path));
    } catch (error) {
      if (!isMissing(error)) throw storeError(error);
    }
  }

  async *list(prefix: string): AsyncGenerator<Pick<BlobInfo, 'key' | 'size'>> {
    yield* this.#walk(join(this.folder, ...pathOfPrefix(requireBlobPrefix(prefix))), prefix);
  }

  async deletePrefix(prefix: string): Promise<number> {
    let deleted = 0;
    for await (const { key } of this.list(prefix)) {
      await this.delete(key);
      deleted += 1;
    }
    await removeEmptyFolders(join(this.folder, ...pathOfPrefix(prefix)));
    return deleted;
  }

  async ping(): Promise<void> {
    try {
      await mkdir(this.#writing, { recursive: true, mode: 0o700 });
      await stat(this.#writing);
    } catch (error) {
      throw storeError(error);
    }
  }

  async close(): Promise<void> {}

  #fileOf(key: string): string {
    return join(this.folder, ...pathOfKey(requireBlobKey(key)));
  }

  async #open(key: string): Promise<FileHandle | undefined> {
    const path = this.#fileOf(key);
    try {
      return await open(path, 'r');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw storeError(error);
    }
  }

  async *#walk(folder: string, prefix: string): AsyncGenerator<Pick<BlobInfo, 'key' | 'size'>> {
    const entries = await readdir(folder).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw storeError(error);
    });
    const named = entries.flatMap((entry) => {
      const name = nameInKey(entry);
      return name === undefined ? [] : [{ entry, name }];
    });
    // A folder's slash takes part in the order: a-b comes before a/b, as in S3.
    for (const { entry, name } of named.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (name.endsWith('/')) yield* this.#walk(join(folder, entry), prefix + name);
      else {
        const info = await this.head(prefix + name); // may have been deleted meanwhile
        if (info) yield { key: info.key, size: info.size };
      }
    }
  }

  /** Once per process: what writers left behind that were killed. */
  async #sweep(): Promise<void> {
    await mkdir(this.#writing, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.#writing)) {
      const path = join(this.#writing, name);
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY })); // gone: its writer is done
      if (mtimeMs < Date.now() - abandonedMs) await rm(path, { force: true });
    }
  }
}

async function write(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done)).bytesWritten;
}

/** Tells errors of the caller's stream, which are the caller's to see, from those of the disk. */
async function* chunksOf(body: BlobBody, onError: (error: unknown) => void): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) {
    yield body;
    return;
  }
  const chunks = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const result = await chunks.next().catch((error: unknown) => {
        onError(error);
        throw error;
      });
      if (result.done) return;
      yield result.value;
    }
  } finally {
    await chunks.return?.();
  }
}

/** A folder that was found empty may be removed between making it and moving the file into it: then it is made again. */
async function putInPlace(temporary: string, target: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    try {
      await rename(temporary, target);
      break;
    } catch (error) {
      if (!isMissing(error) || tries === 10) throw error;
    }
  }
  await syncFolder(dirname(target));
}

/** Makes a rename durable. Windows has no such thing and does without. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  await using folder = await open(path, 'r');
  await folder.sync();
}

async function removeEmptyFolders(folder: string): Promise<void> {
  try {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) await removeEmptyFolders(join(folder, entry.name));
    }
    await rmdir(folder);
  } catch {
    // Not empty (something was put meanwhile) or gone: either is fine.
  }
}

const isMissing = (error: unknown) => ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

function storeError(error: unknown): Error {
  if (error instanceof AgentOSError) return error;
  return unavailable('The blob store cannot read or write its files.', { cause: error });
}

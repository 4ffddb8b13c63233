import { randomUUID } from 'node:crypto';
import { type RequestContext, unavailable } from '@agentos/kernel';
import type { BlobStore, Database, Logger } from '@agentos/platform';
import type { CollectedFile } from '../domain/file-collection.js';
import type { FileRow } from '../store/file-store.js';
import { packStore } from '../store/pack-store.js';

type Tenant = Pick<RequestContext, 'tenantId'>;

/** Files written to the blob store, waiting for a project to own them. */
export interface Pack {
  /** Null where no file has contents to keep. */
  readonly id: string | null;
  readonly files: readonly FileRow[];
}

const keyOf = (tenantId: string, packId: string) => `${tenantId}/projects/${packId}`;

/** The contents of files, many to a blob. Nothing that a crash leaves in between stays for ever: `sweep` finds it. */
export class PackService {
  #sweeping: Promise<void> | undefined;
  #isDue = false;

  constructor(
    private readonly db: Database,
    private readonly blobs: BlobStore,
    private readonly logger: Logger,
  ) {}

  /** Stores the contents; belongs into the preparation of a change, outside its transaction. */
  async write(ctx: RequestContext, files: readonly CollectedFile[]): Promise<Pack> {
    const kept: Uint8Array[] = [];
    const id = files.some(({ content }) => content !== null) ? randomUUID() : null;
    let offset = 0;
    const rows = files.map(({ content, ...file }): FileRow => {
      if (content === null) return { ...file, packId: null, packOffset: null };
      const row = { ...file, packId: id, packOffset: offset };
      kept.push(content);
      offset += content.length;
      return row;
    });
    if (id !== null) {
      await this.db.transaction(ctx, (manager) => packStore.announce(manager, { id, tenantId: ctx.tenantId }));
      await this.blobs.put(keyOf(ctx.tenantId, id), piecesOf(kept), { contentType: 'application/octet-stream' });
    }
    return { id, files: rows };
  }

  /** The bytes of one file, or null where they are not kept. */
  async read(ctx: Tenant, file: Pick<FileRow, 'packId' | 'packOffset' | 'bytes'>): Promise<Buffer | null> {
    if (file.packId === null || file.packOffset === null) return null;
    if (file.bytes === 0) return Buffer.alloc(0);
    const blob = await this.blobs.get(keyOf(ctx.tenantId, file.packId), {
      range: { offset: file.packOffset, length: file.bytes },
    });
    if (blob === null)
      throw unavailable('The contents of the file are not in the blob store; register the project again.', {
        retryable: false,
      });
    const chunks: Buffer[] = [];
    for await (const chunk of blob.body) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  }

  /** After the commit: gives the pack up where the change did not take it, as when it was a repetition. */
  async abandon(ctx: Tenant, pack: Pack): Promise<void> {
    const { id } = pack;
    if (id === null) return;
    await this.db.transaction(ctx, (manager) => packStore.abandon(manager, id));
    this.sweepSoon();
  }

  /** Removes blobs that nobody needs, in the background. */
  sweepSoon(): void {
    this.#isDue = true;
    this.#sweeping ??= this.#sweep()
      .catch((error) =>
        this.logger.warn({ err: error }, 'blobs that no project needs could not be removed and wait for the next try'),
      )
      .finally(() => {
        this.#sweeping = undefined;
      });
  }

  /** Waits for a sweep that is under way. */
  async settled(): Promise<void> {
    await this.#sweeping;
  }

  /** The blob goes before its row: a crash in between leaves a row, which is tried again. */
  async #sweep(): Promise<void> {
    while (this.#isDue) {
      this.#isDue = false;
      for (const { id, tenantId } of await this.db.system((manager) => packStore.unowned(manager))) {
        await this.blobs.delete(keyOf(tenantId, id));
        await this.db.system((manager) => packStore.forget(manager, id));
      }
    }
  }
}

const pieceBytes = 1024 * 1024;

/** Thousands of small files as few large writes. */
function* joined(contents: readonly Uint8Array[]): Generator<Uint8Array> {
  let pending: Uint8Array[] = [];
  let size = 0;
  for (const content of contents) {
    pending.push(content);
    size += content.length;
    if (size < pieceBytes) continue;
    yield Buffer.concat(pending);
    pending = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(pending);
}

async function* piecesOf(contents: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* joined(contents);
}

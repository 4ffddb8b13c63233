import { type Page, pageSize, quotaExceeded, type RequestContext } from '@agentos/kernel';
import type { Database } from '@agentos/platform';
import { requireFilePath } from '../domain/file-path.js';
import { type FileRow, fileStore } from '../store/file-store.js';
import type { PackService } from './pack-service.js';

/** Contents that one operation may read, so that a page of long files does not fill the memory. */
const textBytesPerOperation = 16 * 1024 * 1024;

export type TextReader = (file: FileRow) => Promise<string | null>;

/** The files of projects, for those who read them. */
export class FileService {
  constructor(
    private readonly db: Database,
    private readonly packs: PackService,
  ) {}

  page(
    ctx: RequestContext,
    projectId: string,
    request: { folder?: string | undefined; first: number; after?: string | undefined },
  ): Promise<Page<FileRow>> {
    const first = pageSize(request.first);
    if (request.folder !== undefined) requireFilePath(request.folder, 'folder');
    return this.db.read(ctx, (manager) => fileStore.page(manager, { ...request, projectId, first }));
  }

  /** Null where there is none. */
  find(ctx: RequestContext, projectId: string, path: string): Promise<FileRow | null> {
    requireFilePath(path, 'path');
    return this.db.read(ctx, (manager) => fileStore.find(manager, projectId, path));
  }

  /**
   * Reads texts for one operation; null where a file's contents are not kept.
   * @throws AgentOSError (from the reader) QUOTA_EXCEEDED after 16 MiB
   */
  textReader(ctx: RequestContext): TextReader {
    let bytes = 0;
    return async (file) => {
      if (file.packId === null) return null;
      bytes += file.bytes;
      if (bytes > textBytesPerOperation) {
        throw quotaExceeded(
          `One operation reads at most ${textBytesPerOperation} bytes of files; ask for fewer at once.`,
        );
      }
      return (await this.packs.read(ctx, file))?.toString('utf8') ?? null;
    };
  }
}

import { createHash } from 'node:crypto';
import { badInput, quotaExceeded } from '@agentos/kernel';
import { requireFilePath } from './file-path.js';
import { languageOf } from './languages.js';
import { limits } from './limits.js';

/** One file as it was read from a source. */
export interface CollectedFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** 0 for a binary file. */
  readonly lines: number;
  readonly language: string | null;
  /** Null where the file is listed but its contents are not kept: it is binary or too long to be written by hand. */
  readonly content: Uint8Array | null;
}

/** What a source has given so far. Refuses what a project may not be as soon as it is seen, before more is read. */
export class FileCollection {
  readonly #files = new Map<string, CollectedFile>();
  readonly #folders = new Set<string>();
  #bytes = 0;

  /** @param field the input that the files come from, named in errors */
  constructor(private readonly field: string) {}

  /**
   * @throws AgentOSError BAD_USER_INPUT for a path that is no file's below the root, or is there twice;
   * QUOTA_EXCEEDED where the project gets too large
   */
  add(path: string, content: Uint8Array): void {
    requireFilePath(path, this.field);
    this.#checkPlace(path);
    if (this.#files.size >= limits.files) throw quotaExceeded(`A project has at most ${limits.files} files.`);
    this.#bytes += content.length;
    if (this.#bytes > limits.totalBytes)
      throw quotaExceeded(`A project's files have at most ${limits.totalBytes} bytes together.`);
    const isKept = content.length <= limits.keptFileBytes && !isBinary(content);
    this.#files.set(path, {
      path,
      sha256: createHash('sha256').update(content).digest('hex'),
      bytes: content.length,
      lines: isKept ? countLines(content) : 0,
      language: isKept ? languageOf(path) : null,
      content: isKept ? content : null,
    });
  }

  /** How many bytes the next file may have. */
  get remainingBytes(): number {
    return limits.totalBytes - this.#bytes;
  }

  get files(): readonly CollectedFile[] {
    return [...this.#files.values()];
  }

  #checkPlace(path: string): void {
    const shown = JSON.stringify(path.slice(0, 200));
    if (this.#files.has(path)) throw badInput(`The path ${shown} is there twice.`, this.field);
    if (this.#folders.has(path)) throw badInput(`The path ${shown} is a file and a folder.`, this.field);
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end);
      if (this.#files.has(folder))
        throw badInput(`The path ${JSON.stringify(folder.slice(0, 200))} is a file and a folder.`, this.field);
      if (this.#folders.has(folder)) break;
      this.#folders.add(folder);
    }
  }
}

/** Git's own rule of thumb: a NUL among the first 8,000 bytes. */
function isBinary(content: Uint8Array): boolean {
  return content.subarray(0, 8000).includes(0);
}

/** Lines as an editor counts them: the last one counts also without its newline. */
function countLines(content: Uint8Array): number {
  let lines = 0;
  for (let at = content.indexOf(10); at !== -1; at = content.indexOf(10, at + 1)) lines++;
  return content.length > 0 && content[content.length - 1] !== 10 ? lines + 1 : lines;
}

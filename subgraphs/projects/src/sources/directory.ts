import { constants } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { badInput, requireText } from '@agentos/kernel';
import { FileCollection } from '../domain/file-collection.js';
import { isForeignFolder } from '../domain/file-path.js';
import type { TakenSource } from './source.js';

const field = 'input.directory';

/**
 * Reads a folder below one of the roots. Links are not followed, wherever they lead, and what is no ordinary file is
 * left out.
 * @param roots folders that the operator allows
 * @throws AgentOSError BAD_USER_INPUT, the same for a folder outside of the roots and one that does not exist, so that
 * nobody can ask what is on the machine
 */
export async function readDirectory(
  directory: string,
  roots: readonly string[],
  signal: AbortSignal,
): Promise<TakenSource> {
  requireText(directory, field, { min: 1, max: 4096 });
  if (roots.length === 0)
    throw badInput(
      'This server reads no folders: its operator names the allowed ones in AGENTOS_PROJECT_ROOTS.',
      field,
    );
  if (!isAbsolute(directory)) throw badInput('directory must be an absolute path.', field);
  const real = await realpath(directory).catch(() => null);
  const allowed = await Promise.all(roots.map((root) => realpath(root).catch(() => null)));
  const isAllowed =
    real !== null && allowed.some((root) => root !== null && isWithin(real, root)) && (await stat(real)).isDirectory();
  if (!isAllowed) throw badInput('directory is no folder below one of the roots that the operator allows.', field);
  const collection = new FileCollection(field);
  await readFolder(real, '', collection, signal);
  return { kind: 'DIRECTORY', location: real, revision: null, files: collection.files };
}

function isWithin(path: string, root: string): boolean {
  const way = relative(root, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

async function readFolder(
  base: string,
  folder: string,
  collection: FileCollection,
  signal: AbortSignal,
): Promise<void> {
  const here = join(base, folder);
  const entries = await readdir(here, { withFileTypes: true });
  // A fixed order: the same folder gives the same project on every machine.
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    signal.throwIfAborted();
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!isForeignFolder(entry.name)) await readFolder(base, path, collection, signal);
    } else if (entry.isFile()) {
      const content = await readWithin(join(base, path), collection.remainingBytes);
      if (content !== null) collection.add(path, content);
    }
  }
}

/** The file is gone, has become a link, or a pipe or socket that nobody holds. */
const goneCodes = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO']);

/**
 * Reads the file that the path named when its folder was listed, or nothing where it has since become something else:
 * a link or a pipe, or a file of another folder because a folder on the way became a link.
 */
async function readWithin(path: string, maxBytes: number): Promise<Buffer | null> {
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const file = await open(path, flags).catch((error: NodeJS.ErrnoException) => {
    if (goneCodes.has(error.code ?? '')) return null;
    throw badInput(`The server cannot read ${JSON.stringify(path)}: ${error.code ?? 'the read failed'}.`, field);
  });
  if (file === null) return null;
  try {
    const status = await file.stat();
    if (!status.isFile() || (await realpath(path).catch(() => null)) !== path) return null;
    // One byte more than allowed is enough for the collection to refuse it.
    const content = Buffer.alloc(Math.min(status.size, maxBytes + 1));
    let length = 0;
    while (length < content.length) {
      const { bytesRead } = await file.read(content, length, content.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return content.subarray(0, length);
  } finally {
    await file.close();
  }
}

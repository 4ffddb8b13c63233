import { createHash } from 'node:crypto';
import { badInput } from '@agentos/kernel';
import { FileCollection } from '../domain/file-collection.js';
import { isInForeignFolder } from '../domain/file-path.js';
import { limits } from '../domain/limits.js';
import type { TakenSource } from './source.js';
import { readTarGz } from './tar.js';
import { readZip } from './zip.js';

const field = 'input.archive';

/** One entry of an archive. Nothing of it is ever written to a file system, so what it claims to be cannot do harm there. */
export interface ArchiveEntry {
  readonly path: string;
  readonly kind: 'file' | 'symlink';
  /** Of a link, the path that it leads to. */
  readonly content: Uint8Array;
}

export interface ArchiveReading {
  /** How many bytes all further entries may have. */
  remainingBytes(): number;
  add(entry: ArchiveEntry): void;
  signal: AbortSignal;
}

/**
 * Unpacks a base64 .tar.gz or .zip in memory.
 * @throws AgentOSError BAD_USER_INPUT for what is no such archive, or holds a path or link that leads out of it;
 * QUOTA_EXCEEDED as soon as it unpacks to more than a project may have
 */
export async function readArchive(base64: string, signal: AbortSignal): Promise<TakenSource> {
  if (base64.length > Math.ceil(limits.archiveBytes / 3) * 4 + 4)
    throw badInput(`The archive is longer than ${limits.archiveBytes} bytes.`, field);
  if (!/^[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*$/.test(base64)) throw badInput('The archive is not base64.', field);
  const archive = Buffer.from(base64, 'base64');
  const collection = new FileCollection(field);
  const reading: ArchiveReading = {
    remainingBytes: () => collection.remainingBytes,
    signal,
    add: ({ path, kind, content }) => {
      const clean = path.replace(/^(\.\/+)+/, '');
      if (kind === 'symlink') requireInside(clean, Buffer.from(content).toString('utf8'));
      else if (!isInForeignFolder(clean)) collection.add(clean, content);
    },
  };
  if (archive[0] === 0x1f && archive[1] === 0x8b) await readTarGz(archive, reading);
  else if (archive[0] === 0x50 && archive[1] === 0x4b) await readZip(archive, reading);
  else throw badInput('The archive is neither a .tar.gz nor a .zip.', field);
  const location = `sha256:${createHash('sha256').update(archive).digest('hex')}`;
  return { kind: 'ARCHIVE', location, revision: null, files: collection.files };
}

/** A link inside of the archive is left out, as in a folder; one that leads out of it is refused, since it is meant to. */
function requireInside(path: string, target: string): void {
  const segments = path.split('/').slice(0, -1);
  let isOutside = target.startsWith('/') || target.includes('\\') || /^[a-zA-Z]:/.test(target);
  for (const segment of target.split('/')) {
    if (segment === '..') isOutside ||= segments.pop() === undefined;
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  if (isOutside) throw badInput(`The link ${JSON.stringify(path.slice(0, 200))} leads out of the archive.`, field);
}

import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import { badInput, quotaExceeded } from '@agentos/kernel';
import { limits } from '../domain/limits.js';
import type { ArchiveReading } from './archive.js';

const field = 'input.archive';
const inflate = promisify(inflateRaw);
const damaged = (what: string) => badInput(`The archive is damaged: ${what}.`, field);

interface CentralEntry {
  readonly path: string;
  readonly isEncrypted: boolean;
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly isSymlink: boolean;
  readonly isFolder: boolean;
  readonly headerAt: number;
}

/**
 * Reads a .zip by its central directory (APPNOTE.TXT 4.3), the one list of what is in it. Written out here because the
 * small libraries show no links, check no checksum and inflate on the main thread.
 */
export async function readZip(archive: Buffer, reading: ArchiveReading): Promise<void> {
  for (const entry of centralDirectory(archive)) {
    reading.signal.throwIfAborted();
    if (entry.isEncrypted) throw badInput('The archive is encrypted.', field);
    if (entry.isFolder) {
      if (entry.path.split('/').includes('..'))
        throw badInput(`The path ${JSON.stringify(entry.path)} leads out of the archive.`, field);
      continue;
    }
    if (entry.bytes > reading.remainingBytes())
      throw quotaExceeded(`A project's files have at most ${limits.totalBytes} bytes together.`);
    reading.add({
      path: entry.path,
      kind: entry.isSymlink ? 'symlink' : 'file',
      content: await contentOf(archive, entry),
    });
  }
}

function* centralDirectory(archive: Buffer): Generator<CentralEntry> {
  const end = endOfDirectory(archive);
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  if (count === 0xffff || at === 0xffffffff)
    throw badInput('The archive is in Zip64 form, which is for more than a project may have.', field);
  for (let index = 0; index < count; index++) {
    if (at + 46 > end || archive.readUInt32LE(at) !== 0x02014b50) throw damaged('its directory is not whole');
    const nameLength = archive.readUInt16LE(at + 28);
    const next = at + 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
    if (next > end) throw damaged('its directory is not whole');
    const path = archive.toString('utf8', at + 46, at + 46 + nameLength);
    const isUnix = archive.readUInt8(at + 5) === 3;
    const mode = archive.readUInt32LE(at + 38) >>> 16;
    yield {
      path,
      isEncrypted: (archive.readUInt16LE(at + 8) & 1) === 1,
      method: archive.readUInt16LE(at + 10),
      crc: archive.readUInt32LE(at + 16),
      packedBytes: archive.readUInt32LE(at + 20),
      bytes: archive.readUInt32LE(at + 24),
      isSymlink: isUnix && (mode & 0o170000) === 0o120000,
      isFolder: path.endsWith('/'),
      headerAt: archive.readUInt32LE(at + 42),
    };
    at = next;
  }
}

/** The end record stands at the very end, but for a comment of at most 65,535 bytes. */
function endOfDirectory(archive: Buffer): number {
  for (let at = archive.length - 22; at >= 0 && at >= archive.length - 22 - 0xffff; at--) {
    if (archive.readUInt32LE(at) === 0x06054b50 && at + 22 + archive.readUInt16LE(at + 20) === archive.length)
      return at;
  }
  throw damaged('it has no directory');
}

/** What inflates to more than its entry claims is stopped there, and the sum of the claims is bounded. */
async function contentOf(archive: Buffer, entry: CentralEntry): Promise<Buffer> {
  const { headerAt } = entry;
  if (headerAt + 30 > archive.length || archive.readUInt32LE(headerAt) !== 0x04034b50)
    throw damaged('an entry is not where it should be');
  const from = headerAt + 30 + archive.readUInt16LE(headerAt + 26) + archive.readUInt16LE(headerAt + 28);
  const packed = archive.subarray(from, from + entry.packedBytes);
  const content = await unpack(packed, entry);
  if (content.length !== entry.bytes || crc32(content) !== entry.crc)
    throw damaged(`the checksum of ${JSON.stringify(entry.path.slice(0, 200))} is wrong`);
  return content;
}

async function unpack(packed: Buffer, entry: CentralEntry): Promise<Buffer> {
  switch (entry.method) {
    case 0:
      return packed;
    case 8:
      return inflate(packed, { maxOutputLength: Math.max(entry.bytes, 1) }).catch(() => {
        throw damaged(`${JSON.stringify(entry.path.slice(0, 200))} does not unpack to what it claims`);
      });
    default:
      throw badInput(`The archive is packed by method ${entry.method}; only Deflate is read.`, field);
  }
}

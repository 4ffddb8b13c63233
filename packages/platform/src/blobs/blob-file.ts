import type { FileHandle } from 'node:fs/promises';

/**
 * A blob's file: four bytes of length, that many bytes of JSON about the blob, then the blob. In one file, as only one
 * file can be put in place in one instant.
 */
interface BlobFileHeader {
  readonly contentType: string;
}

const lengthBytes = 4;
const maxHeaderBytes = 4096;

export function encodeHeader(header: BlobFileHeader): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json]);
}

/** @returns what the file says, and where in it the blob begins */
export async function readHeader(file: FileHandle): Promise<BlobFileHeader & { start: number }> {
  const beginning = Buffer.alloc(lengthBytes + maxHeaderBytes);
  const { bytesRead } = await file.read(beginning, 0, beginning.length, 0);
  const length = bytesRead < lengthBytes ? 0 : beginning.readUInt32BE(0);
  const start = lengthBytes + length;
  if (length === 0 || start > bytesRead) throw new Error('The file is not a blob.');
  const { contentType } = JSON.parse(beginning.toString('utf8', lengthBytes, start)) as BlobFileHeader;
  return { contentType, start };
}

// Neither ending can be part of an encoded name, where % is followed by two upper-case hexadecimal digits.
const fileEnding = '%b';
const folderEnding = '%d';

/**
 * Names of files and folders. Capitals are encoded, as some file systems do not tell them from small letters, and a
 * blob and a folder of the same name have different endings, so that neither can ever stand in the other's way.
 */
const encodeName = (name: string) =>
  name.replace(
    /[^a-z0-9_-]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
const decodeName = (name: string) =>
  name.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

export const pathOfKey = (key: string): string[] => {
  const names = key.split('/').map(encodeName);
  return names.map((name, index) => name + (index === names.length - 1 ? fileEnding : folderEnding));
};

export const pathOfPrefix = (prefix: string): string[] =>
  prefix
    .slice(0, -1)
    .split('/')
    .map((name) => encodeName(name) + folderEnding);

/** @returns the name as it stands in a key, with a slash behind a folder's; undefined where it is none of ours */
export function nameInKey(entry: string): string | undefined {
  if (entry.endsWith(fileEnding)) return decodeName(entry.slice(0, -fileEnding.length));
  if (entry.endsWith(folderEnding)) return `${decodeName(entry.slice(0, -folderEnding.length))}/`;
  return undefined;
}

import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { AgentOSError, badInput, quotaExceeded } from '@agentos/kernel';
import tar from 'tar-stream';
import { limits } from '../domain/limits.js';
import type { ArchiveReading } from './archive.js';

const field = 'input.archive';

/** Headers and padding come on top of the contents: three blocks of 512 bytes for each entry, and room for long names. */
const unpackedBytes = limits.totalBytes + limits.files * 3 * 512;

/**
 * Streams a .tar.gz, so that one that unpacks to far more than it is is stopped on the way.
 * @param maxUnpackedBytes of the whole stream
 */
export async function readTarGz(
  archive: Uint8Array,
  reading: ArchiveReading,
  maxUnpackedBytes = unpackedBytes,
): Promise<void> {
  const extract = tar.extract();
  let entries = 0;
  extract.on('entry', (header, body, next) => {
    const chunks: Buffer[] = [];
    const { name, type, linkname, size } = header;
    if (++entries > limits.files * 2) return next(quotaExceeded(`An archive has at most ${limits.files * 2} entries.`));
    if (size > reading.remainingBytes())
      return next(quotaExceeded(`A project's files have at most ${limits.totalBytes} bytes together.`));
    const isFile = type === 'file' || type === 'contiguous-file';
    body.on('data', (chunk: Buffer) => {
      if (isFile) chunks.push(chunk);
    });
    body.on('end', () => {
      try {
        if (isFile) reading.add({ path: name, kind: 'file', content: Buffer.concat(chunks) });
        else if (type === 'symlink') reading.add({ path: name, kind: 'symlink', content: Buffer.from(linkname ?? '') });
        else if (type === 'link')
          throw badInput(
            `${JSON.stringify(name)} is a hard link; pack the file itself (tar --hard-dereference).`,
            field,
          );
        else if (name.split('/').includes('..'))
          throw badInput(`The path ${JSON.stringify(name)} leads out of the archive.`, field);
        next();
      } catch (error) {
        next(error as Error);
      }
    });
  });
  let unpacked = 0;
  const bounded = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      unpacked += chunk.length;
      if (unpacked > maxUnpackedBytes)
        done(quotaExceeded(`The archive unpacks to more than ${maxUnpackedBytes} bytes.`));
      else done(null, chunk);
    },
  });
  try {
    await pipeline(Readable.from(slices(archive)), createGunzip(), bounded, extract, { signal: reading.signal });
  } catch (error) {
    if (error instanceof AgentOSError) throw error;
    reading.signal.throwIfAborted();
    throw badInput('The archive is damaged: it is no whole .tar.gz.', field);
  }
}

/** In pieces, so that the streams behind can say stop. */
function* slices(bytes: Uint8Array): Generator<Uint8Array> {
  const sliceBytes = 64 * 1024;
  for (let at = 0; at < bytes.length; at += sliceBytes) yield bytes.subarray(at, at + sliceBytes);
}

import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import { badInput, quotaExceeded } from '@agentos/kernel';

export interface PackLimits {
  readonly objects: number;
  /** of one object */
  readonly objectBytes: number;
  /** of all objects */
  readonly totalBytes: number;
}

const inflateWithInfo = promisify(inflate) as unknown as (
  input: Uint8Array,
  options: { info: true; maxOutputLength: number },
) => Promise<{ buffer: Buffer; engine: { bytesWritten: number } }>;

const damaged = () => badInput('The Git server sends what is no pack.', 'input.gitUrl');
const offsetDelta = 6;
const referenceDelta = 7;

/**
 * Reads through a pack (gitformat-pack) and adds up what its objects unpack to, before anything unpacks them for good:
 * a few kilobytes can be made to claim a terabyte, as one compressed object or as a delta that copies itself.
 * @throws AgentOSError QUOTA_EXCEEDED, or BAD_USER_INPUT where it is no pack
 */
export async function checkPack(pack: Buffer, limits: PackLimits): Promise<void> {
  if (pack.length < 32 || pack.toString('latin1', 0, 4) !== 'PACK') throw damaged();
  const count = pack.readUInt32BE(8);
  if (count > limits.objects)
    throw quotaExceeded(`The repository has more than ${limits.objects} objects at this revision.`);
  const end = pack.length - 20;
  let at = 12;
  let total = 0;
  const claim = (bytes: number) => {
    total += bytes;
    if (bytes > limits.objectBytes)
      throw quotaExceeded(`The repository holds a file of more than ${limits.objectBytes} bytes.`);
    if (total > limits.totalBytes)
      throw quotaExceeded(`The repository unpacks to more than ${limits.totalBytes} bytes.`);
  };
  for (let index = 0; index < count; index++) {
    const header = readHeader(pack, at, end);
    at = header.next;
    claim(header.bytes);
    if (header.type === referenceDelta) at += 20;
    if (header.type === offsetDelta) at = skipVarint(pack, at, end);
    if (at >= end) throw damaged();
    const { buffer, engine } = await inflateWithInfo(pack.subarray(at, end), {
      info: true,
      maxOutputLength: Math.max(header.bytes, 1),
    }).catch(() => {
      throw damaged();
    });
    at += engine.bytesWritten;
    if (buffer.length !== header.bytes) throw damaged();
    if (header.type === offsetDelta || header.type === referenceDelta) claim(targetBytes(buffer));
  }
}

/** Type in bits 4 to 6 of the first byte; the size in the low 4 bits, then 7 at a time. */
function readHeader(pack: Buffer, start: number, end: number): { type: number; bytes: number; next: number } {
  let at = start;
  let byte = byteAt(pack, at++, end);
  const type = (byte >> 4) & 7;
  let bytes = byte & 15;
  for (let scale = 16; byte & 0x80; scale *= 128) {
    byte = byteAt(pack, at++, end);
    bytes += (byte & 0x7f) * scale;
    if (!Number.isSafeInteger(bytes)) throw damaged();
  }
  return { type, bytes, next: at };
}

function skipVarint(pack: Buffer, start: number, end: number): number {
  let at = start;
  while (byteAt(pack, at++, end) & 0x80);
  return at;
}

/** A delta begins with the size of its base and the size of what it makes. */
function targetBytes(delta: Buffer): number {
  let at = skipVarint(delta, 0, delta.length);
  let bytes = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = byteAt(delta, at++, delta.length);
    bytes += (byte & 0x7f) * scale;
    if (!Number.isSafeInteger(bytes)) throw damaged();
    if (!(byte & 0x80)) return bytes;
  }
}

function byteAt(bytes: Buffer, at: number, end: number): number {
  const byte = at < end ? bytes[at] : undefined;
  if (byte === undefined) throw damaged();
  return byte;
}

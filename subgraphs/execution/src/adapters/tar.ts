import type { ProgramFile } from '../domain/program.js';

const BLOCK = 512;

function header(name: string, size: number, mode: number, type: '0' | '5' | 'L'): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, digits: number): void => {
    block.write(`${value.toString(8).padStart(digits, '0')}\0`, at);
  };
  block.write(name, 0, 100);
  octal(mode, 100, 7);
  octal(0, 108, 7); // owner and group: whoever unpacks
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(0, 136, 11); // 1970: the same program gives the same bytes
  block.write('        ', 148); // the checksum counts its own field as spaces
  block.write(type, 156);
  block.write('ustar\0' + '00', 257);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((BLOCK - (bytes.byteLength % BLOCK)) % BLOCK)]);
}

/** A tar archive of a program's files; paths over 100 bytes as GNU tar and busybox read them. */
export function tarOf(files: readonly ProgramFile[]): Buffer {
  const parts: Buffer[] = [];
  const entry = (path: string, content: Uint8Array, mode: number): void => {
    const name = Buffer.from(`${path}\0`);
    if (name.byteLength > 100) parts.push(header('././@LongLink', name.byteLength, 0o644, 'L'), padded(name));
    parts.push(header(path, content.byteLength, mode, '0'), padded(content));
  };
  for (const file of files) entry(file.path, file.content, file.executable ? 0o755 : 0o644);
  parts.push(Buffer.alloc(2 * BLOCK));
  return Buffer.concat(parts);
}

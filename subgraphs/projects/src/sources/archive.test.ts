import { createHash, randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { type Zippable, zipSync } from 'fflate';
import tar from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { limits } from '../domain/limits.js';
import { readArchive } from './archive.js';
import { readTarGz } from './tar.js';

const never = new AbortController().signal;
const read = (archive: Uint8Array) => readArchive(Buffer.from(archive).toString('base64'), never);

type Entry = [header: { name: string; type?: string; linkname?: string }, content?: string | Buffer];
async function tarGz(...entries: Entry[]): Promise<Buffer> {
  const pack = tar.pack();
  for (const [header, content] of entries) pack.entry(header, content);
  pack.finalize();
  return gzipSync(await buffer(pack));
}
const zip = (files: Zippable) => Buffer.from(zipSync(files, { level: 9 }));
const text = (value: string) => Buffer.from(value);

describe.each([
  [
    'a .tar.gz',
    (files: Record<string, string>) =>
      tarGz(...Object.entries(files).map(([name, content]): Entry => [{ name }, content])),
  ],
  [
    'a .zip',
    async (files: Record<string, string>) =>
      zip(Object.fromEntries(Object.entries(files).map(([name, content]) => [name, text(content)]))),
  ],
] as const)('%s', (_kind, make) => {
  it('gives its files, but not what tools put beside them', async () => {
    const archive = await make({
      './src/a.py': '1\n2\n',
      'ö.md': 'x',
      'empty.txt': '',
      'node_modules/m/i.js': 'x',
      '.git/config': 'x',
    });
    const taken = await read(archive);
    expect(taken).toMatchObject({
      kind: 'ARCHIVE',
      location: `sha256:${createHash('sha256').update(archive).digest('hex')}`,
      revision: null,
    });
    expect(taken.files.map(({ path, lines, content }) => [path, lines, Buffer.from(content ?? []).toString()])).toEqual(
      [
        ['src/a.py', 2, '1\n2\n'],
        ['ö.md', 1, 'x'],
        ['empty.txt', 0, ''],
      ],
    );
  });

  it.each(['../a', 'a/../../b', '/etc/passwd', 'C:\\x', 'a\\..\\b'])('with the path %s is refused', async (path) => {
    await expect(read(await make({ [path]: 'x' }))).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'input.archive',
    });
  });

  it('that is cut off or changed is refused', async () => {
    const archive = await make({ a: randomBytes(20_000).toString('hex'), b: 'b' });
    for (const broken of [archive.subarray(0, archive.length / 2), archive.subarray(0, 30)]) {
      await expect(read(broken)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', field: 'input.archive' });
    }
    const flipped = Buffer.from(archive);
    flipped[5_000] = (flipped[5_000] as number) ^ 0xff;
    await expect(read(flipped)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});

describe('a bomb', () => {
  it('in a .tar.gz is stopped by what it unpacks to', async () => {
    const bomb = await tarGz([{ name: 'zeros' }, Buffer.alloc(1_000_000)]);
    const small = { remainingBytes: () => 999_999, add: () => {}, signal: never };
    await expect(readTarGz(bomb, small)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    // Without an entry that says so: a stream that does not end within what all entries together may have.
    const endless = gzipSync(Buffer.alloc(2_000_000));
    await expect(readTarGz(endless, small, 1_000_000)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
  });

  it('in a .zip is stopped by what its entries say, and one that lies is damaged', async () => {
    const archive = zip({ zeros: Buffer.alloc(5_000_000) });
    // The size in the central directory, 24 bytes behind its signature.
    const size = archive.indexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 24;
    archive.writeUInt32LE(limits.totalBytes + 1, size);
    await expect(read(archive)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    archive.writeUInt32LE(10, size);
    await expect(read(archive)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});

describe('a link', () => {
  const symlink = (linkname: string): Entry => [{ name: 'dir/link', type: 'symlink', linkname }];

  it.each(['/etc/passwd', '../../etc/passwd', '..\\..\\x'])('to %s is refused', async (target) => {
    await expect(read(await tarGz(symlink(target)))).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    const zipped = zip({ 'dir/link': [text(target), { os: 3, attrs: (0o120777 << 16) >>> 0 }] });
    await expect(read(zipped)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('that stays inside is left out', async () => {
    const taken = await read(await tarGz([{ name: 'a' }, 'x'], symlink('../a')));
    expect(taken.files.map(({ path }) => path)).toEqual(['a']);
    const zipped = await read(
      zip({ a: text('x'), 'dir/link': [text('../a'), { os: 3, attrs: (0o120777 << 16) >>> 0 }] }),
    );
    expect(zipped.files.map(({ path }) => path)).toEqual(['a']);
  });

  it('that is hard is refused', async () => {
    await expect(read(await tarGz([{ name: 'h', type: 'link', linkname: 'a' }]))).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });
});

it('a binary file is listed without its contents', async () => {
  const taken = await read(zip({ 'a.png': Buffer.from([1, 0, 2]), 'b.py': text('1') }));
  expect(taken.files).toMatchObject([
    { path: 'a.png', bytes: 3, lines: 0, language: null, content: null },
    { path: 'b.py', lines: 1, language: 'Python' },
  ]);
});

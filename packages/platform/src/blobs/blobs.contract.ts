import { randomBytes } from 'node:crypto';
import { newId } from '@agentos/kernel';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BlobStore } from './blob-store.js';

const text = { contentType: 'text/plain; charset=utf-8' };

/** What every blob store holds to. */
export function blobContract(open: () => Promise<BlobStore>): void {
  let blobs: BlobStore;
  let tenant: string;

  beforeAll(async () => {
    blobs = await open();
  });
  afterAll(() => blobs?.close());
  beforeEach(() => {
    tenant = newId('tenant');
  });

  const read = async (key: string, range?: { offset: number; length?: number }) => {
    const blob = await blobs.get(key, { range });
    return blob && Buffer.concat(await blob.body.toArray());
  };
  const list = async (prefix: string) => {
    const keys: string[] = [];
    for await (const { key } of blobs.list(prefix)) keys.push(key);
    return keys;
  };

  test('bytes come back as they were put, with size and content type', async () => {
    const bytes = randomBytes(100_000);
    expect(await blobs.put(`${tenant}/a`, bytes, text)).toBe(100_000);
    const blob = await blobs.get(`${tenant}/a`);
    expect(blob).toMatchObject({ key: `${tenant}/a`, size: 100_000, ...text });
    expect(Buffer.concat((await blob?.body.toArray()) ?? []).equals(bytes)).toBe(true);
    expect(await blobs.head(`${tenant}/a`)).toEqual({ key: `${tenant}/a`, size: 100_000, ...text });
  });

  test('what is not there is null, and deleting it is no error', async () => {
    expect(await blobs.get(`${tenant}/none`)).toBeNull();
    expect(await blobs.get(`${tenant}/none`, { range: { offset: 0, length: 0 } })).toBeNull();
    expect(await blobs.head(`${tenant}/none`)).toBeNull();
    await blobs.delete(`${tenant}/none`);
  });

  test('a put replaces, a delete removes', async () => {
    const key = `${tenant}/notes/one`;
    await blobs.put(key, Buffer.from('old and longer'), text);
    await blobs.put(key, Buffer.from('new'), { contentType: 'text/markdown' });
    expect(String(await read(key))).toBe('new');
    expect(await blobs.head(key)).toMatchObject({ size: 3, contentType: 'text/markdown' });
    await blobs.delete(key);
    expect(await blobs.head(key)).toBeNull();
  });

  test('an empty blob is a blob', async () => {
    expect(await blobs.put(`${tenant}/bytes`, new Uint8Array(), text)).toBe(0);
    expect(await blobs.put(`${tenant}/stream`, streamOf([]), text)).toBe(0);
    for (const key of [`${tenant}/bytes`, `${tenant}/stream`]) {
      expect(await blobs.head(key)).toMatchObject({ size: 0 });
      expect((await read(key))?.length).toBe(0);
      expect((await read(key, { offset: 0 }))?.length).toBe(0);
    }
  });

  test('a stream of any length is stored whole', async () => {
    for (const size of [1, 8 * 1024 * 1024, 20 * 1024 * 1024 + 17]) {
      const bytes = randomBytes(size);
      const chunks = Array.from({ length: Math.ceil(size / 300_000) }, (_, n) =>
        bytes.subarray(n * 300_000, (n + 1) * 300_000),
      );
      expect(await blobs.put(`${tenant}/long`, streamOf(chunks), text)).toBe(size);
      expect((await read(`${tenant}/long`))?.equals(bytes)).toBe(true);
      expect(await blobs.head(`${tenant}/long`)).toMatchObject({ size, ...text });
    }
  });

  test('a stream that fails leaves what was there, and its own error is what the caller sees', async () => {
    const cut = async function* (size: number) {
      yield randomBytes(size);
      throw new Error('the upload was cut off');
    };
    for (const size of [10, 17 * 1024 * 1024]) {
      await expect(blobs.put(`${tenant}/new`, cut(size), text)).rejects.toThrow('the upload was cut off');
      expect(await blobs.head(`${tenant}/new`)).toBeNull();
      await blobs.put(`${tenant}/old`, Buffer.from('as before'), text);
      await expect(blobs.put(`${tenant}/old`, cut(size), text)).rejects.toThrow('the upload was cut off');
      expect(String(await read(`${tenant}/old`))).toBe('as before');
    }
    expect(await list(`${tenant}/`)).toEqual([`${tenant}/old`]);
  });

  test('ranges', async () => {
    const key = `${tenant}/digits`;
    await blobs.put(key, Buffer.from('0123456789'), text);
    expect(String(await read(key, { offset: 0, length: 3 }))).toBe('012');
    expect(String(await read(key, { offset: 7 }))).toBe('789');
    expect(String(await read(key, { offset: 8, length: 100 }))).toBe('89');
    expect(String(await read(key, { offset: 3, length: 0 }))).toBe('');
    expect(String(await read(key, { offset: 10 }))).toBe('');
    expect(String(await read(key, { offset: 1_000, length: 5 }))).toBe('');
    const part = await blobs.get(key, { range: { offset: 2, length: 2 } });
    part?.body.destroy(); // not read to its end
    expect(part).toMatchObject({ size: 10, ...text });
  });

  test('list gives the keys below a prefix in their order', async () => {
    const names = ['a-b', 'a.b', 'a/b', 'a/c/d', 'a0', 'B', 'b', 'A/b', 'z/z/z/z', 'dots..and=@+'];
    for (const name of names) await blobs.put(`${tenant}/${name}`, Buffer.from(name), text);
    await blobs.put(`${newId('tenant')}/a`, Buffer.from('of another tenant'), text);
    expect(await list(`${tenant}/`)).toEqual(names.toSorted().map((name) => `${tenant}/${name}`));
    expect(await list(`${tenant}/a/`)).toEqual([`${tenant}/a/b`, `${tenant}/a/c/d`]);
    expect(await list(`${tenant}/nothing/`)).toEqual([]);
    for await (const { key, size } of blobs.list(`${tenant}/`)) expect(size).toBe(key.length - tenant.length - 1);
  });

  test('deletePrefix removes a tenant or a folder and nothing beside it', async () => {
    const other = newId('tenant');
    for (const key of [`${tenant}/a/1`, `${tenant}/a/2/3`, `${tenant}/ab`, `${other}/a/1`])
      await blobs.put(key, Buffer.from('x'), text);
    expect(await blobs.deletePrefix(`${tenant}/a/`)).toBe(2);
    expect(await list(`${tenant}/`)).toEqual([`${tenant}/ab`]);
    expect(await blobs.deletePrefix(`${tenant}/`)).toBe(1);
    expect(await blobs.deletePrefix(`${tenant}/`)).toBe(0);
    expect(await list(`${other}/`)).toEqual([`${other}/a/1`]);
  });

  test('writers of one key at once: one of them wins whole, and no folder is pulled from under another', async () => {
    const bodies = Array.from({ length: 20 }, (_, n) => Buffer.alloc(50_000, n));
    await Promise.all([
      ...bodies.map((body) => blobs.put(`${tenant}/folder/raced`, body, text)),
      ...bodies.map((_, n) => blobs.put(`${tenant}/folder/${n}/x`, Buffer.from('x'), text)),
      ...bodies.map(() => blobs.deletePrefix(`${tenant}/nothing/`)),
    ]);
    const bytes = await read(`${tenant}/folder/raced`);
    expect(bodies.some((body) => bytes?.equals(body))).toBe(true);
    expect(await list(`${tenant}/folder/`)).toHaveLength(21);
  });

  describe('keys that are none are refused', () => {
    const long = 'x'.repeat(81);
    test.each([
      '',
      'a',
      '/',
      '/a',
      'a/',
      'a//b',
      '../a',
      'a/..',
      'a/../b',
      'a/./b',
      'a/b\\c',
      'a/b\0',
      'a/b\n',
      'a/%2e%2e',
      'a/ü',
      'a/ b',
      `a/${long}`,
    ])('%j', async (key) => {
      const refusal = { code: 'BAD_USER_INPUT', field: 'key' };
      await expect(blobs.put(key, Buffer.from('x'), text)).rejects.toMatchObject(refusal);
      await expect(blobs.get(key)).rejects.toMatchObject(refusal);
      await expect(blobs.head(key)).rejects.toMatchObject(refusal);
      await expect(blobs.delete(key)).rejects.toMatchObject(refusal);
    });
    test.each(['', '/', 'a', 'a/b', '../', 'a/../', '/a/', 'a//'])('prefix %j', async (prefix) => {
      const refusal = { code: 'BAD_USER_INPUT', field: 'prefix' };
      await expect(list(prefix)).rejects.toMatchObject(refusal);
      await expect(blobs.deletePrefix(prefix)).rejects.toMatchObject(refusal);
    });
  });

  test('it says whether it answers', () => blobs.ping());
}

async function* streamOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

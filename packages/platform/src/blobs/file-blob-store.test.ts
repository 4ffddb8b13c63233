import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blobContract } from './blobs.contract.js';
import { FileBlobStore } from './file-blob-store.js';

describe('blobs in files', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agentos-blobs-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  blobContract(async () => new FileBlobStore(join(folder, 'contract')));

  test('another process that opens the folder sees the blobs', async () => {
    await new FileBlobStore(join(folder, 'shared')).put('tenant/a', Buffer.from('kept'), { contentType: 'text/plain' });
    const blob = await new FileBlobStore(join(folder, 'shared')).get('tenant/a');
    expect(String(Buffer.concat((await blob?.body.toArray()) ?? []))).toBe('kept');
  });

  test('names that a file system would take for one another stay apart', async () => {
    const blobs = new FileBlobStore(join(folder, 'names'));
    for (const name of ['Con', 'con', 'CON', 'a.', 'a', 'a/b']) {
      await blobs.put(`tenant/${name}`, Buffer.from(name), { contentType: 'text/plain' });
    }
    const onDisk = await readdir(join(folder, 'names', 'tenant%d'));
    expect(new Set(onDisk.map((name) => name.toLowerCase())).size).toBe(6);
  });

  test('a writer killed in the middle leaves the old blob, and what it left is removed after a day', async () => {
    const place = join(folder, 'killed');
    const blobs = new FileBlobStore(place);
    await blobs.put('tenant/a', Buffer.from('old'), { contentType: 'text/plain' });
    const source = `
      import { FileBlobStore } from ${JSON.stringify(new URL('./file-blob-store.ts', import.meta.url).href)};
      const body = async function* () {
        yield Buffer.from('half of the new');
        console.log('half way');
        await new Promise((resolve) => setTimeout(resolve, 600_000));
      };
      await new FileBlobStore(${JSON.stringify(place)}).put('tenant/a', body(), { contentType: 'text/plain' });`;
    const child = spawn(process.execPath, [
      '--conditions=agentos-source',
      '--import',
      'tsx',
      '--input-type=module',
      '-e',
      source,
    ]);
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');

    const left = await readdir(join(place, 'writing'));
    expect(left).toHaveLength(1);
    expect(await blobs.head('tenant/a')).toMatchObject({ size: 3 });

    await writeFile(join(place, 'writing', 'fresh'), 'another process is at it');
    const yesterday = new Date(Date.now() - 2 * 86_400_000);
    await utimes(join(place, 'writing', left[0] ?? ''), yesterday, yesterday);
    await new FileBlobStore(place).put('tenant/b', Buffer.from('b'), { contentType: 'text/plain' });
    expect(await readdir(join(place, 'writing'))).toEqual(['fresh']);
  });

  test('a file that is no blob is an error of the store, not of the caller', async () => {
    const blobs = new FileBlobStore(join(folder, 'torn'));
    await blobs.put('tenant/a', Buffer.from('x'), { contentType: 'text/plain' });
    const path = join(folder, 'torn', 'tenant%d', 'a%b');
    await writeFile(path, (await readFile(path)).subarray(0, 3));
    await expect(blobs.get('tenant/a')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(blobs.head('tenant/a')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

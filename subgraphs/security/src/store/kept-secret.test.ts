import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keptSecret, readKeptSecret } from './kept-secret.js';

describe('a secret of the data folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agentos-kept-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is made once, and nothing else is left in the folder', async () => {
    expect(await readKeptSecret(folder, 's')).toBeUndefined();
    expect(await keptSecret(folder, 's', () => 'first')).toBe('first');
    expect(await keptSecret(folder, 's', () => 'second')).toBe('first');
    expect(await readKeptSecret(folder, 's')).toBe('first');
    expect(await readdir(folder)).toEqual(['s']);
  });

  it('is readable by its owner alone, also after someone opened it up', async () => {
    await keptSecret(folder, 's', () => 'first');
    await chmod(join(folder, 's'), 0o644);
    await keptSecret(folder, 's', () => 'second');
    expect((await stat(join(folder, 's'))).mode & 0o777).toBe(0o600);
  });

  it('is made in a folder that is not there yet', async () => {
    expect(await keptSecret(join(folder, 'a', 'b'), 's', () => 'first')).toBe('first');
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTestPlatform } from '../testing/index.js';
import { DataDirInUseError, lockDataDir } from './data-lock.js';
import { databaseContract } from './database.contract.js';

describe('the embedded database', () => {
  databaseContract(createTestPlatform);
});

describe('the data folder', () => {
  it('belongs to one process at a time', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'agentos-lock-'));
    const first = await lockDataDir(folder);
    await expect(lockDataDir(folder)).rejects.toThrow(DataDirInUseError);
    await first[Symbol.asyncDispose]();
    const second = await lockDataDir(folder);
    await second[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });
});

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { requireService } from './require-service.js';

afterEach(() => vi.unstubAllEnvs());

test('the address comes from the environment', () => {
  vi.stubEnv('TEST_REDIS_URL', 'redis://127.0.0.1:1');
  expect(requireService('redis')).toBe('redis://127.0.0.1:1');
});

test('in CI a missing service fails, with the variable to set', () => {
  vi.stubEnv('TEST_REDIS_URL', '');
  vi.stubEnv('CI', 'true');
  expect(() => requireService('redis', 'the bus')).toThrow(/the bus cannot be tested.*TEST_REDIS_URL/);
});

test('elsewhere it is noted as not tested', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'agentos-skips-'));
  vi.stubEnv('CI', '');
  vi.stubEnv('TEST_S3_ENDPOINT', '');
  vi.stubEnv('TEST_CHROMIUM', '');
  vi.stubEnv('AGENTOS_TEST_SKIPS', join(folder, 'skips'));
  expect(requireService('s3', 'blobs in S3')).toBeUndefined();
  expect(requireService('chromium')).toBeUndefined();
  const lines = (await readFile(join(folder, 'skips'), 'utf8')).trimEnd().split('\n');
  expect(lines).toEqual([
    expect.stringMatching(/^blobs in S3: no s3; set TEST_S3_ENDPOINT/),
    expect.stringMatching(/^what needs chromium: no chromium; set TEST_CHROMIUM/),
  ]);
  await rm(folder, { recursive: true });
});

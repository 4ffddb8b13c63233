import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { TestServer } from '../harness/server.js';

const recorder = fileURLToPath(new URL('./record-connections.mjs', import.meta.url));

it('starting, remembering, searching and running reach out to nobody', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'agentos-connections-'));
  const file = join(folder, 'hosts');
  const server = await TestServer.start({ NODE_OPTIONS: `--import ${recorder}`, AGENTOS_TEST_CONNECTIONS: file });
  await server.must('mutation { storeMemory(input: { content: "The harbour freezes in January." }) { id } }');
  await server.must('{ searchMemories(query: "when is there ice?") { hits { memory { id } } } }');
  await server.must(
    'mutation { execute(input: { runtime: NODEJS, code: "console.log(1)", waitMs: 20000 }) { status } }',
  );
  await server[Symbol.asyncDispose]();
  const hosts = (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((host) => host !== '');
  expect(hosts.filter((host) => !/^(localhost|127\.|::1$)/.test(host))).toEqual([]);
  await rm(folder, { recursive: true });
});

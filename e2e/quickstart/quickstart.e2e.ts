import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestServer } from '../harness/server.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
let server: TestServer;
let folder: string;

beforeAll(async () => {
  server = await TestServer.start();
  folder = await mkdtemp(join(tmpdir(), 'agentos-quickstart-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await server[Symbol.asyncDispose]();
});

/** Runs the README's first example in a process of its own, as a user does. */
async function quickstart(env: Record<string, string>): Promise<{ code: number; output: string; errors: string }> {
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), join(root, 'examples/quickstart.ts')],
    { cwd: folder, env: { PATH: process.env['PATH'], AGENTOS_URL: server.url, ...env } },
  );
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: code as number, output, errors };
}

const expected = [
  'Remembered: Releases go out on Tuesdays, never before a weekend.',
  ...[1, 2, 3, 4, 5].map((n) => `${n} squared is ${n * n}`),
  expect.stringMatching(/^The program SUCCEEDED in isolation [A-Z]+\.$/),
  '',
];

it('the quickstart remembers, finds by meaning, and shows the output of a program', async () => {
  const { code, output, errors } = await quickstart({ AGENTOS_API_KEY: server.key });
  expect(errors).toBe('');
  expect(output.split('\n')).toEqual(expected);
  expect(code).toBe(0);
});

it('the quickstart finds the key in the data folder, and works a second time', async () => {
  await mkdir(join(folder, '.agentos'));
  await writeFile(join(folder, '.agentos/bootstrap-api-key'), `${server.key}\n`);
  const { code, output, errors } = await quickstart({});
  expect(errors).toBe('');
  expect(output.split('\n')).toEqual(expected);
  expect(code).toBe(0);
  // The same memory stored again is merged with the first.
  const { memories } = await server.must('{ memories { totalCount } }');
  expect(memories.totalCount).toBe(1);
});

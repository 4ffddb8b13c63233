import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDirectory } from './directory.js';

const never = new AbortController().signal;
let base: string;
let root: string;

beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'agentos-roots-')));
  root = join(base, 'root');
  await mkdir(join(root, 'app', 'src'), { recursive: true });
  await mkdir(join(root, 'app', 'node_modules', 'm'), { recursive: true });
  await mkdir(join(base, 'root-beside'));
  await writeFile(join(root, 'app', 'src', 'main.go'), 'package main\n');
  await writeFile(join(root, 'app', 'a.txt'), 'a');
  await writeFile(join(root, 'app', 'node_modules', 'm', 'i.js'), 'x');
  await writeFile(join(base, 'secret'), 'secret');
  await symlink(join(base, 'secret'), join(root, 'app', 'link'));
  await symlink(base, join(root, 'app', 'src', 'out'));
  await symlink(base, join(root, 'escape'));
  await symlink(join(root, 'app'), join(base, 'entrance'));
  if (process.platform !== 'win32') execFileSync('/usr/bin/env', ['mkfifo', join(root, 'app', 'pipe')]);
});
afterAll(() => rm(base, { recursive: true, force: true }));

describe('a folder below a root', () => {
  it('gives its ordinary files, and nothing that a link leads to', async () => {
    const taken = await readDirectory(join(root, 'app'), [join(base, 'none'), root], never);
    expect(taken).toMatchObject({ kind: 'DIRECTORY', location: join(root, 'app'), revision: null });
    expect(taken.files.map(({ path }) => path)).toEqual(['a.txt', 'src/main.go']);
  });

  it('is read through a link that leads to it', async () => {
    expect((await readDirectory(join(base, 'entrance'), [root], never)).location).toBe(join(root, 'app'));
  });
});

it.each([
  ['the folder above', () => base],
  ['a folder whose name begins with that of the root', () => join(base, 'root-beside')],
  ['a way up', () => join(root, '..', '..')],
  ['a link that leads out', () => join(root, 'escape')],
  ['a file', () => join(root, 'app', 'a.txt')],
  ['nothing', () => join(root, 'none')],
])('%s is refused, and all in the same words', async (_title, directory) => {
  await expect(readDirectory(directory(), [root], never)).rejects.toMatchObject({
    code: 'BAD_USER_INPUT',
    field: 'input.directory',
    message: 'directory is no folder below one of the roots that the operator allows.',
  });
});

it('without roots no folder is read', async () => {
  await expect(readDirectory(root, [], never)).rejects.toThrow('AGENTOS_PROJECT_ROOTS');
});

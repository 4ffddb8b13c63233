import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGit } from './git.js';
import { GitHttp, requireGitUrl } from './git-http.js';
import { checkPack } from './pack-check.js';
import { isPublicAddress } from './public-address.js';

const never = new AbortController().signal;
const hasGit = spawnSync('git', ['http-backend', '--version']).error === undefined;
const skips = process.env['AGENTOS_TEST_SKIPS'];
if (!hasGit && skips) appendFileSync(skips, 'cloning Git repositories: no git with its http-backend is installed\n');
const read = (url: string, revision?: string) =>
  readGit({ kind: 'GIT', url, revision }, { allowPrivateHosts: true }, never);

/** Git's own server as a CGI program (git-http-backend) under Node's HTTP. */
function serveGit(root: string, requests: string[]): Server {
  return createServer((request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    requests.push(`${request.method} ${url.pathname}`);
    const [, place] = /^\/moved(\/.*)$/.exec(url.pathname) ?? [];
    if (place !== undefined) return response.writeHead(301, { location: `${place}${url.search}` }).end();
    if (url.pathname.startsWith('/elsewhere')) return response.writeHead(302, { location: 'ftp://localhost/x' }).end();
    if (url.pathname.startsWith('/endless')) return response.writeHead(302, { location: request.url ?? '' }).end();
    const cgi = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env['PATH'],
        GIT_PROJECT_ROOT: root,
        GIT_HTTP_EXPORT_ALL: '1',
        REQUEST_METHOD: request.method,
        PATH_INFO: url.pathname,
        QUERY_STRING: url.search.slice(1),
        CONTENT_TYPE: request.headers['content-type'],
        CONTENT_LENGTH: request.headers['content-length'],
      },
    });
    request.pipe(cgi.stdin);
    const chunks: Buffer[] = [];
    cgi.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    cgi.on('close', () => {
      const answer = Buffer.concat(chunks);
      const end = answer.indexOf('\r\n\r\n');
      const headers = Object.fromEntries(
        answer
          .toString('latin1', 0, end)
          .split('\r\n')
          .map((line) => line.split(': ') as [string, string]),
      );
      const { Status: status = '200', ...rest } = headers;
      response.writeHead(Number.parseInt(status, 10), rest).end(answer.subarray(end + 4));
    });
  });
}

describe.skipIf(!hasGit && process.env['CI'] !== 'true')('a Git repository', () => {
  let root: string;
  let server: Server;
  let base: string;
  const requests: string[] = [];
  const commits: string[] = [];
  const git = (...args: string[]) =>
    execFileSync(
      'git',
      ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'init.defaultBranch=main', ...args],
      {
        cwd: join(root, 'work'),
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], HOME: root },
      },
    ).trim();

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'agentos-git-test-'));
    execFileSync('mkdir', ['-p', join(root, 'work', 'src', 'deep')]);
    git('init', '-q');
    for (const text of ['print(1)\n', 'print(1)\nprint(2)\n', 'print(1)\nprint(2)\nprint(3)\n']) {
      await writeFile(join(root, 'work', 'src', 'deep', 'main.py'), text);
      await writeFile(join(root, 'work', 'README.md'), 'read me\n'.repeat(2000));
      if (commits.length === 0) await symlink('/etc/passwd', join(root, 'work', 'link'));
      git('add', '.');
      git('commit', '-q', '-m', 'a change');
      commits.push(git('rev-parse', 'HEAD'));
      if (commits.length === 1) git('tag', '-a', 'v1', '-m', 'the first');
      if (commits.length === 2) git('branch', 'feature/x');
    }
    execFileSync('git', ['clone', '-q', '--bare', join(root, 'work'), join(root, 'repo.git')]);
    execFileSync('git', ['init', '-q', '--bare', join(root, 'empty.git')]);
    server = serveGit(root, requests);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server?.close();
    await rm(root, { recursive: true, force: true });
  });

  it('is read at its default branch, without links', async () => {
    const taken = await read(`${base}/repo.git`);
    expect(taken).toMatchObject({ kind: 'GIT', location: `${base}/repo.git`, revision: commits[2] });
    expect(taken.files.map(({ path, lines, language }) => [path, lines, language])).toEqual([
      ['README.md', 2000, 'Markdown'],
      ['src/deep/main.py', 3, 'Python'],
    ]);
    expect(Buffer.from(taken.files[1]?.content ?? []).toString()).toBe('print(1)\nprint(2)\nprint(3)\n');
  });

  it.each([
    ['a branch', () => 'feature/x', () => commits[1], 2],
    ['a tag', () => 'v1', () => commits[0], 1],
    ['a commit that no ref points to any more', () => commits[0] as string, () => commits[0], 1],
  ])('is read at %s', async (_title, revision, commit, lines) => {
    const taken = await read(`${base}/repo.git`, revision());
    expect(taken.revision).toBe(commit());
    expect(taken.files.find(({ path }) => path === 'src/deep/main.py')?.lines).toBe(lines);
  });

  it('is followed to where it has moved, once', async () => {
    requests.length = 0;
    expect((await read(`${base}/moved/repo.git`)).revision).toBe(commits[2]);
    expect(requests).toEqual([
      'GET /moved/repo.git/info/refs',
      'GET /repo.git/info/refs',
      'POST /repo.git/git-upload-pack',
    ]);
  });

  it.each([
    ['a revision that it has not', '/repo.git', 'nope', 'input.revision'],
    ['a commit that it has not', '/repo.git', 'a'.repeat(40), 'input.revision'],
    ['an empty repository', '/empty.git', undefined, 'input.gitUrl'],
    ['no repository', '/none.git', undefined, 'input.gitUrl'],
    ['a redirect to another protocol', '/elsewhere/repo.git', undefined, 'input.gitUrl'],
    ['a redirect without end', '/endless/repo.git', undefined, 'input.gitUrl'],
  ])('is refused for %s', async (_title, path, revision, field) => {
    await expect(read(`${base}${path}`, revision)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', field });
  });

  it('that is on no public address is not asked for, unless that is allowed', async () => {
    requests.length = 0;
    const options = { allowPrivateHosts: false };
    const url = `${base}/repo.git`.replace('http:', 'https:');
    for (const one of [
      url,
      url.replace('127.0.0.1', 'localhost'),
      url.replace('127.0.0.1', '[::ffff:7f00:1]'),
      url.replace('127.0.0.1', '0x7f.1'),
    ]) {
      await expect(readGit({ kind: 'GIT', url: one }, options, never)).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
        message: expect.stringContaining('public internet'),
      });
    }
    expect(requests).toEqual([]);
  });

  it('that sends more than allowed is cut off', async () => {
    const http = new GitHttp({ allowPrivateHosts: true, maxBytes: 100, signal: never });
    const url = `${base}/repo.git/info/refs?service=git-upload-pack`;
    await expect(http.request({ url, method: 'GET', headers: {}, body: null })).rejects.toMatchObject({
      code: 'QUOTA_EXCEEDED',
    });
  });

  it('whose server is away is unavailable, and a client that goes away ends the clone', async () => {
    await expect(read('http://127.0.0.1:1/repo.git')).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    const gone = new AbortController();
    const reading = readGit({ kind: 'GIT', url: `${base}/repo.git` }, { allowPrivateHosts: true }, gone.signal);
    gone.abort(new Error('the client has gone'));
    await expect(reading).rejects.toThrow('the client has gone');
  });
});

describe('a Git URL', () => {
  it.each([
    'http://example.org/x',
    'file:///etc',
    'ssh://git@example.org/x',
    'git://example.org/x',
    'https://u:p@example.org/x',
    'x',
    'git@github.com:a/b',
  ])('%s is refused', (url) => {
    expect(() => requireGitUrl(url, false)).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT', field: 'input.gitUrl' }),
    );
  });
});

describe('an address', () => {
  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '127.0.0.1',
    '100.64.0.1',
    '169.254.169.254',
    '172.31.255.255',
    '192.168.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:a00:1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'fe80::1',
    'fd00::1',
    'ff02::1',
    '::7f00:1',
    'localhost',
    '',
  ])('%s is not public', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
  it.each(['1.1.1.1', '172.32.0.1', '140.82.112.3', '2606:4700::1111', '::ffff:8.8.8.8'])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});

describe('a pack', () => {
  const limits = { objects: 10, objectBytes: 1000, totalBytes: 1500 };
  const header = (type: number, size: number) => {
    const bytes = [(type << 4) | (size & 15)];
    for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
      bytes[bytes.length - 1] = (bytes.at(-1) as number) | 0x80;
      bytes.push(rest & 0x7f);
    }
    return Buffer.from(bytes);
  };
  const packOf = (...objects: Buffer[]) => {
    const start = Buffer.alloc(12);
    start.write('PACK');
    start.writeUInt32BE(2, 4);
    start.writeUInt32BE(objects.length, 8);
    return Buffer.concat([start, ...objects, Buffer.alloc(20)]);
  };
  const object = (size: number, type = 3) => Buffer.concat([header(type, size), deflateSync(Buffer.alloc(size))]);

  it('is let through where it keeps within the limits', async () => {
    await expect(checkPack(packOf(object(1000), object(500)), limits)).resolves.toBeUndefined();
  });

  it.each([
    ['an object too large', packOf(object(1001)), 'QUOTA_EXCEEDED'],
    ['too much in all', packOf(object(800), object(800)), 'QUOTA_EXCEEDED'],
    ['too many objects', packOf(...Array.from({ length: 11 }, () => object(1))), 'QUOTA_EXCEEDED'],
    [
      'an object that unpacks to more than it says',
      packOf(Buffer.concat([header(3, 10), deflateSync(Buffer.alloc(900))])),
      'BAD_USER_INPUT',
    ],
    [
      'a delta that makes something huge',
      packOf(Buffer.concat([header(7, 4), Buffer.alloc(20), deflateSync(Buffer.from([1, 0xff, 0xff, 0x7f]))])),
      'QUOTA_EXCEEDED',
    ],
    ['no pack', Buffer.alloc(64), 'BAD_USER_INPUT'],
    ['half a pack', packOf(object(900)).subarray(0, 32), 'BAD_USER_INPUT'],
  ])('with %s is refused', async (_title, pack, code) => {
    await expect(checkPack(pack, limits)).rejects.toMatchObject({ code });
  });
});

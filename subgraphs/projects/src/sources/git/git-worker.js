// Clones without a working tree and reads the files of one revision, in a thread of its own: indexing a pack in
// JavaScript takes seconds that the server's thread does not have. Plain JavaScript, so that it runs from source too;
// what needs judgement (where to connect to, what to take) is asked of the server's thread by `call`.
import { promises as fs } from 'node:fs';
import { resolve, sep } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import git from 'isomorphic-git';

const { dir, url, revision, maxEntries } = workerData;
const waiting = new Map();
let calls = 0;

parentPort.on('message', ({ id, result }) => {
  waiting.get(id)(result);
  waiting.delete(id);
});

/** Where the other side refuses, this thread is ended, so there is no error to hand on. */
function call(name, argument) {
  const id = calls++;
  parentPort.postMessage({ id, name, argument });
  return new Promise((done) => waiting.set(id, done));
}

const http = {
  async request({ url, method = 'GET', headers = {}, body }) {
    const chunks = [];
    if (body) for await (const chunk of body) chunks.push(chunk);
    const answer = await call('http', { url, method, headers, body: body ? Buffer.concat(chunks) : null });
    return { ...answer, body: [answer.body] };
  },
};

/** A server names the refs that become files here: nothing outside of the folder is touched, whatever they are called. */
const confined = { promises: {} };
for (const name of [
  'readFile',
  'writeFile',
  'mkdir',
  'rmdir',
  'unlink',
  'rm',
  'stat',
  'lstat',
  'readdir',
  'readlink',
]) {
  confined.promises[name] = async (path, ...rest) => {
    const whole = resolve(path);
    if (whole !== dir && !whole.startsWith(dir + sep)) throw Object.assign(new Error('outside'), { code: 'EACCES' });
    if (name === 'writeFile' && whole.endsWith('.pack')) await call('checkPack', rest[0]);
    return fs[name](whole, ...rest);
  };
}
confined.promises.symlink = async () => {
  throw Object.assign(new Error('no links'), { code: 'EACCES' });
};

const repository = { fs: confined, gitdir: dir, cache: {} };

async function fetchRevision() {
  await git.init({ ...repository, bare: true, defaultBranch: 'main' });
  await git.addRemote({ ...repository, remote: 'origin', url });
  const fetch = (options) => git.fetch({ ...repository, http, remote: 'origin', tags: false, ...options });
  try {
    const { fetchHead } = await fetch({ remoteRef: revision ?? 'HEAD', singleBranch: true, depth: 1 });
    if (fetchHead === null) throw Object.assign(new Error('empty'), { code: 'EmptyRepository' });
    return (await git.readCommit({ ...repository, oid: fetchHead })).oid;
  } catch (error) {
    // Many servers give a commit that no ref points to only as part of a branch's history.
    if (revision === undefined || !/^[0-9a-f]{40}$/.test(revision) || error.code === 'HttpError') throw error;
    await fetch({ remoteRef: 'HEAD', singleBranch: false, tags: true });
    return (await git.readCommit({ ...repository, oid: revision })).oid;
  }
}

let entriesSeen = 0;
let batch = [];
let batchBytes = 0;

async function send() {
  await call('add', batch);
  batch = [];
  batchBytes = 0;
}

/** Links and submodules are left out: what they lead to is not in this repository. */
async function readFiles(oid, folder) {
  const { tree } = await git.readTree({ ...repository, oid });
  for (const entry of tree) {
    if (++entriesSeen > maxEntries) throw Object.assign(new Error('too many'), { code: 'TooManyEntries' });
    const path = folder === '' ? entry.path : `${folder}/${entry.path}`;
    if (entry.type === 'tree') await readFiles(entry.oid, path);
    else if (entry.type === 'blob' && entry.mode !== '120000') {
      const { blob } = await git.readBlob({ ...repository, oid: entry.oid });
      batch.push({ path, content: blob });
      batchBytes += blob.length;
      if (batchBytes > 1_000_000 || batch.length >= 100) await send();
    }
  }
}

try {
  const commit = await fetchRevision();
  await readFiles(commit, '');
  await send();
  await call('done', commit);
} catch (error) {
  await call('failed', { code: error.code ?? error.name, statusCode: error.data?.statusCode ?? null });
}

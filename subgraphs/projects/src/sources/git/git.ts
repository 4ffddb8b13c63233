import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { badInput, quotaExceeded, requireText, timeout, unavailable } from '@agentos/kernel';
import { FileCollection } from '../../domain/file-collection.js';
import { limits } from '../../domain/limits.js';
import type { SourceRequest, TakenSource } from '../source.js';
import { GitHttp, type GitHttpRequest, requireGitUrl } from './git-http.js';
import { checkPack } from './pack-check.js';

const MiB = 1024 * 1024;
const packLimits = { objects: 500_000, objectBytes: 64 * MiB, totalBytes: 1024 * MiB };

type Request = Extract<SourceRequest, { kind: 'GIT' }>;

/**
 * Clones one revision, shallowly where the server lets it, and reads its files. No working tree is ever written.
 * @throws AgentOSError BAD_USER_INPUT for a URL that may not be asked, where no repository is or that has no such
 * revision; QUOTA_EXCEEDED; TIMEOUT; UNAVAILABLE where the server does not answer
 */
export async function readGit(
  request: Request,
  options: { allowPrivateHosts: boolean },
  signal: AbortSignal,
): Promise<TakenSource> {
  const url = requireGitUrl(request.url, options.allowPrivateHosts).href.replace(/\/+$/, '');
  if (request.revision !== undefined) requireText(request.revision, 'input.revision', { min: 1, max: 255 });
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'agentos-clone-')));
  try {
    const { revision, collection } = await clone({ ...options, url, dir, revision: request.revision, signal });
    return { kind: 'GIT', location: url, revision, files: collection.files };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

interface Clone {
  readonly url: string;
  readonly revision: string | undefined;
  readonly dir: string;
  readonly allowPrivateHosts: boolean;
  readonly signal: AbortSignal;
}

interface Failure {
  readonly code: string;
  readonly statusCode: number | null;
}

/** Runs the worker and does for it what it asks; whatever goes wrong on this side ends it. */
async function clone({
  url,
  revision,
  dir,
  allowPrivateHosts,
  signal,
}: Clone): Promise<{ revision: string; collection: FileCollection }> {
  const late = AbortSignal.timeout(limits.gitMs);
  const stop = AbortSignal.any([signal, late]);
  signal.throwIfAborted();
  const http = new GitHttp({ allowPrivateHosts, maxBytes: limits.gitBytes, signal: stop });
  const collection = new FileCollection('input.gitUrl');
  const worker = new Worker(new URL('./git-worker.js', import.meta.url), {
    workerData: { url, revision, dir, maxEntries: limits.files * 4 },
    execArgv: [], // the loaders of this thread are not for the worker
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
    name: 'git-clone',
  });
  try {
    const commit = await new Promise<string>((resolve, reject) => {
      const handlers: Readonly<Record<string, (argument: never) => unknown>> = {
        http: (asked: GitHttpRequest) => http.request(asked),
        checkPack: (pack: Uint8Array) =>
          checkPack(Buffer.from(pack.buffer, pack.byteOffset, pack.byteLength), packLimits),
        add: (files: readonly { path: string; content: Uint8Array }[]) => {
          for (const { path, content } of files) collection.add(path, content);
        },
        done: resolve,
        failed: (failure: Failure) => reject(explain(failure, revision)),
      };
      worker.on('message', async ({ id, name, argument }: { id: number; name: string; argument: never }) => {
        try {
          worker.postMessage({ id, result: await handlers[name]?.(argument) });
        } catch (error) {
          reject(error);
        }
      });
      worker.once('error', reject);
      worker.once('exit', () => reject(unavailable('The clone has ended before it was done.')));
      stop.addEventListener('abort', () => reject(tooLate()), { once: true });
    });
    return { revision: commit, collection };
  } catch (error) {
    // What is cut off fails in its own way first.
    signal.throwIfAborted();
    throw late.aborted ? tooLate() : error;
  } finally {
    await worker.terminate();
  }
}

const tooLate = () => timeout(`The clone took longer than ${limits.gitMs / 1000} seconds; send an archive instead.`);

function explain({ code, statusCode }: Failure, revision: string | undefined): Error {
  switch (code) {
    case 'HttpError':
      if (statusCode !== null && statusCode >= 500)
        return unavailable(`The Git server answers ${statusCode}.`, { retryAfterMs: 5_000 });
      return badInput(
        `At gitUrl is no repository that can be read without signing in: the server answers ${statusCode}.`,
        'input.gitUrl',
      );
    case 'EmptyRepository':
      return badInput('The repository at gitUrl is empty.', 'input.gitUrl');
    case 'TooManyEntries':
      return quotaExceeded(`A project has at most ${limits.files} files.`);
    case 'NotFoundError':
    case 'ObjectTypeError':
      if (revision === undefined) return badInput('The repository at gitUrl has no default branch.', 'input.gitUrl');
      return badInput(
        `The repository has no revision ${JSON.stringify(revision)}: give a branch, a tag or a whole commit id.`,
        'input.revision',
      );
    default:
      // A code of the operating system, or of Node.
      if (/^E[A-Z]+$|^ERR_/.test(code))
        return unavailable('The clone could not be written or read.', { retryAfterMs: 5_000 });
      return badInput('At gitUrl is nothing that Git can clone.', 'input.gitUrl');
  }
}

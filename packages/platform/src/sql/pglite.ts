import { cp, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { PGliteStream } from './pglite-stream.js';

/** The embedded PostgreSQL, running in its worker. */
export interface EmbeddedPostgres {
  /** A new connection; only one may be in use at a time, PGlite has one backend. */
  stream(): PGliteStream;
  /** Fires when the worker has died without being asked to. */
  onLost(listener: (error: Error) => void): void;
  close(): Promise<void>;
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

// `dist/` in both the source and the built layout: this file is in src/sql/ or dist/sql/.
const templateDir = fileURLToPath(new URL('../../dist/pglite-template', import.meta.url));

/**
 * Opens the database in `folder`, creating it first from the template: initdb in WebAssembly costs five CPU-seconds,
 * copying its result a tenth of one.
 * @param whileStarting called once the thread runs, which then takes half a second by itself
 */
export async function openPGlite(folder: string, whileStarting: () => void): Promise<EmbeddedPostgres> {
  if (!(await exists(join(folder, 'PG_VERSION')))) {
    await makeTemplate();
    const partial = `${folder}.partial`;
    await rm(partial, { recursive: true, force: true });
    await cp(templateDir, partial, { recursive: true });
    await rm(folder, { recursive: true, force: true });
    await rename(partial, folder);
  }
  return startWorker(folder, whileStarting);
}

/** Creates the empty cluster that new data folders start from, unless this installation has it already. */
export async function makeTemplate(): Promise<void> {
  if (await exists(templateDir)) return;
  const partial = `${templateDir}.${process.pid}`;
  await mkdir(dirname(partial), { recursive: true });
  const postgres = await startWorker(partial);
  await postgres.close();
  // Another process may have been faster; its template is as good.
  await rename(partial, templateDir).catch(() => rm(partial, { recursive: true, force: true }));
}

async function startWorker(dataDir: string, whileStarting = () => {}): Promise<EmbeddedPostgres> {
  const worker = new Worker(new URL('./pglite-worker.js', import.meta.url), {
    workerData: { dataDir },
    execArgv: [], // the loaders of this thread are not for the worker
  });
  worker.setMaxListeners(0);
  worker.once('online', whileStarting);
  let closing = false;
  const lost: ((error: Error) => void)[] = [];
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`The embedded database ended at start with code ${code}.`)));
  });
  const report = (error: Error) => {
    if (!closing) for (const listener of lost) listener(error);
  };
  worker.on('error', report);
  worker.on('exit', (code) => report(new Error(`The embedded database ended with code ${code}.`)));
  return {
    stream: () => new PGliteStream(worker),
    onLost: (listener) => lost.push(listener),
    close: async () => {
      closing = true;
      const exited = new Promise((resolve) => worker.once('exit', resolve));
      worker.postMessage('close');
      await exited;
    },
  };
}

import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';

/**
 * Runs PGlite in a thread of its own: a query blocks the thread that runs it, and that must not be the one that serves.
 * Speaks PostgreSQL's wire protocol over the message port: bytes in, bytes out, one request after the other.
 * JavaScript, since a worker runs under no loader of the thread that starts it.
 */
const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
const { dataDir } = /** @type {{ dataDir: string }} */ (workerData);

const db = await PGlite.create({ dataDir, extensions: { vector } });

// Chained so that requests keep their order and the close waits for the last of them.
let tail = Promise.resolve();
port.on('message', (/** @type {Uint8Array | 'close'} */ message) => {
  tail = tail.then(async () => {
    if (message === 'close') {
      await db.close();
      port.postMessage('closed');
      port.close();
      return;
    }
    const answer = await db.execProtocolRaw(message);
    port.postMessage(answer);
  });
});
port.postMessage('ready');

import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';

/**
 * Runs PGlite in a thread of its own: a query blocks the thread that runs it, and that must not be the one that serves.
 * Speaks PostgreSQL's wire protocol over the message port: bytes in, bytes out, one request after the other.
 */
const port = parentPort as MessagePort;
const { dataDir } = workerData as { dataDir: string };

const db = await PGlite.create({ dataDir, extensions: { vector } });

// Chained so that requests keep their order and the close waits for the last of them.
let tail: Promise<void> = Promise.resolve();
port.on('message', (message: Uint8Array | 'close') => {
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

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchResult } from './report.js';

const SERVER = fileURLToPath(new URL('../gateway/dist/main.js', import.meta.url));
const STARTS = 5;
const GIVE_UP_MS = 60_000;

/** From starting the built server to its first 200 at `/readyz`, over a data folder that is new and then over one that is there. */
export async function run(): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'agentos-bench-'));
  try {
    const rows: BenchResult['rows'][number][] = [];
    const later: Started[] = [];
    for (let count = 0; count <= STARTS; count++) {
      const started = await start(folder);
      if (count === 0) rows.push(rowOf('first start, new data folder', [started]));
      else later.push(started);
    }
    rows.push(rowOf(`start over its data (median of ${STARTS})`, later));
    return {
      name: 'start',
      notes: ['Embedded mode, nothing configured. Memory is resident, one second after /readyz.'],
      rows,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Started {
  readonly readyMs: number;
  readonly cpuMs: number;
  readonly rssMiB: number;
}

async function start(folder: string): Promise<Started> {
  const port = await freePort();
  const env = {
    ...process.env,
    NODE_ENV: 'production',
    PORT: String(port),
    HOST: '127.0.0.1',
    AGENTOS_DATA_DIR: folder,
    LOG_LEVEL: 'error',
  };
  const from = performance.now();
  const server = spawn(process.execPath, [SERVER], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    await ready(server, port, from);
    const readyMs = performance.now() - from;
    const cpuMs = await cpuOf(server);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    return { readyMs, cpuMs, rssMiB: await residentMiB(server) };
  } finally {
    const exited = once(server, 'exit');
    server.kill('SIGTERM');
    await exited;
  }
}

async function ready(server: ChildProcess, port: number, from: number): Promise<void> {
  while (performance.now() - from < GIVE_UP_MS) {
    if (server.exitCode !== null) throw new Error(`The server ended with ${server.exitCode} before it was ready.`);
    const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`The server was not ready after ${GIVE_UP_MS} ms.`);
}

/** From /proc, in ticks of 10 ms; where there is no /proc, not known. */
async function cpuOf({ pid }: ChildProcess): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields === undefined ? Number.NaN : (Number(fields[11]) + Number(fields[12])) * 10;
}

async function residentMiB({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1_024;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port.');
  return address.port;
}

function rowOf(what: string, starts: readonly Started[]) {
  const median = (of: (started: Started) => number) =>
    Math.round(starts.map(of).sort((a, b) => a - b)[starts.length >> 1]!);
  return {
    what,
    'ready ms': median(({ readyMs }) => readyMs),
    'CPU ms': median(({ cpuMs }) => cpuMs),
    'RSS MiB': median(({ rssMiB }) => rssMiB),
  };
}

import { BenchProcess } from './gateway/child.js';
import { type OperationName, operations, subgraphNames } from './gateway/graph.js';
import { answerOf, type Load, load } from './gateway/load.js';
import type { BenchResult } from './report.js';

const CONNECTIONS = 16;
const WARM_UP_SECONDS = 2;
const SECONDS = 3;
/** Gateways take turns, so that what else the machine does meets them alike. */
const ROUNDS = 2;

interface Measured extends Load {
  readonly cpuMs: number;
  readonly rssMiB: number;
}

/** Our gateway beside the stock one, over the same subgraphs: once each a process of its own, once in the gateway's process. */
export async function run(): Promise<BenchResult> {
  const processes: BenchProcess[] = [];
  const start = async (file: string, ...args: string[]) => {
    const started = await BenchProcess.start(file, args);
    processes.push(started);
    return started;
  };
  try {
    const urls: Record<string, string> = {};
    for (const name of subgraphNames) urls[name] = (await start('subgraph-process.ts', name)).url;
    const rows: Row[] = [];
    for (const subgraphs of ['over HTTP', 'in process']) {
      const addresses = subgraphs === 'over HTTP' ? [JSON.stringify(urls)] : [];
      const stock = await start('gateway-process.ts', 'stock', ...addresses);
      const agentos = await start('gateway-process.ts', 'agentos', ...addresses);
      for (const name of Object.keys(operations) as OperationName[]) {
        rows.push(...(await compare(`${name}, ${subgraphs}`, operations[name], { stock, agentos })));
      }
    }
    return { name: 'gateway', notes: NOTES, rows };
  } finally {
    for (const started of processes) await started[Symbol.asyncDispose]();
  }
}

type Row = BenchResult['rows'][number];
type Gateway = 'stock' | 'agentos';

const NOTES = [
  'stock: @apollo/server with @apollo/gateway; agentos: our server with authentication, limits and metrics on.',
  `${CONNECTIONS} requests under way at once, each with its own authorization; every answer compared with the stock one's.`,
  'CPU is the gateway process alone; subgraphs and load generator share the machine with it, so rates are low.',
  'two, three, heavy: 2, 3 and 4 subgraphs with 2, 3 and 16 fetches of the stock plan.',
];

async function compare(what: string, query: string, gateways: Record<Gateway, BenchProcess>): Promise<Row[]> {
  const expected = await answerOf(gateways.stock.url, query);
  if (JSON.stringify(expected).includes('"errors"')) throw new Error(`${what}: ${JSON.stringify(expected)}`);
  const found: Record<Gateway, Measured[]> = { stock: [], agentos: [] };
  for (let round = 0; round <= ROUNDS; round++) {
    for (const gateway of ['stock', 'agentos'] as const) {
      const measured = await measure(gateways[gateway], query, expected, round === 0 ? WARM_UP_SECONDS : SECONDS);
      if (round > 0) found[gateway].push(measured);
    }
  }
  const [stock, own] = [summary(found.stock), summary(found.agentos)];
  return [rowOf(what, 'stock', stock, 1), rowOf(what, 'agentos', own, own.cpu / stock.cpu)];
}

async function measure(gateway: BenchProcess, query: string, expected: unknown, seconds: number): Promise<Measured> {
  const before = await gateway.usage();
  const result = await load({ url: gateway.url, query, seconds, connections: CONNECTIONS, expected });
  const after = await gateway.usage();
  return { ...result, cpuMs: after.cpuMs - before.cpuMs, rssMiB: after.rssMiB };
}

function summary(rounds: readonly Measured[]) {
  const sum = (of: (measured: Measured) => number) => rounds.reduce((total, measured) => total + of(measured), 0);
  const requests = sum(({ requests }) => requests);
  return {
    rate: requests / sum(({ seconds }) => seconds),
    cpu: sum(({ cpuMs }) => cpuMs) / requests,
    p50: sum(({ p50Ms }) => p50Ms) / rounds.length,
    p99: Math.max(...rounds.map(({ p99Ms }) => p99Ms)),
    rss: Math.max(...rounds.map(({ rssMiB }) => rssMiB)),
  };
}

function rowOf(operation: string, gateway: Gateway, of: ReturnType<typeof summary>, ofStock: number): Row {
  return {
    gateway,
    operation,
    'requests/s': Math.round(of.rate),
    'CPU ms/request': Number(of.cpu.toFixed(3)),
    'of stock': Number(ofStock.toFixed(2)),
    'p50 ms': Number(of.p50.toFixed(1)),
    'p99 ms': Number(of.p99.toFixed(1)),
    'RSS MiB': Math.round(of.rss),
  };
}

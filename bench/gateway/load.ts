import { isDeepStrictEqual } from 'node:util';
import { Pool } from 'undici';

export interface Load {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface LoadOptions {
  readonly url: string;
  readonly query: string;
  readonly seconds: number;
  /** Requests under way at once. */
  readonly connections: number;
  /** What every answer must be. */
  readonly expected: unknown;
}

let sent = 0;

/** Sends an operation over and over, each time as another caller, and checks every answer. */
export async function load({ url, query, seconds, connections, expected }: LoadOptions): Promise<Load> {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections, pipelining: 1 });
  const body = JSON.stringify({ query });
  const latencies: number[] = [];
  let seen: string | undefined;
  const start = performance.now();
  const end = start + seconds * 1_000;
  const worker = async () => {
    while (performance.now() < end) {
      const at = performance.now();
      const headers = { 'content-type': 'application/json', authorization: `Bearer key-${sent++}` };
      const response = await pool.request({ path: pathname, method: 'POST', headers, body });
      const text = await response.body.text();
      latencies.push(performance.now() - at);
      // Answers of one gateway are the same text; the first one is read.
      if (text === seen) continue;
      if (!isDeepStrictEqual(JSON.parse(text), expected))
        throw new Error(`${url} gave a wrong answer: ${text.slice(0, 500)}`);
      seen = text;
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  const took = (performance.now() - start) / 1_000;
  await pool.close();
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return { requests: latencies.length, seconds: took, p50Ms: at(0.5), p99Ms: at(0.99) };
}

/** One answer, for others to be compared with. */
export async function answerOf(url: string, query: string): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer key-first' },
    body: JSON.stringify({ query }),
  });
  return response.json();
}

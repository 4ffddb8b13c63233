import { setTimeout as sleep } from 'node:timers/promises';
import { AgentOS } from '@agentos/sdk';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { TestServer } from '../harness/server.js';
import { CuttableProxy } from './cuttable-proxy.js';
import { firstDifference, lineCount, numberedLines, readAll } from './numbered-lines.js';

let server: TestServer;
let proxy: CuttableProxy;
let agentos: AgentOS;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

beforeEach(async () => {
  proxy = await new CuttableProxy(server.port).up();
  agentos = new AgentOS({ url: proxy.url, apiKey: server.key });
});
afterEach(async () => {
  agentos.close();
  await proxy[Symbol.asyncDispose]();
});

/** How the server sees it, past the proxy. */
const statusOf = async (id: string): Promise<string> => {
  const { execution } = await server.must('query ($id: ID!) { execution(id: $id) { status } }', { id });
  return execution.status;
};

it('each line comes once and in order when the WebSocket is cut in the middle of the program', async () => {
  const run = await agentos.executions.run(await numberedLines(agentos));
  const before = proxy.connections;
  const cutAt = [0.1, 0.3, 0.5, 0.7].map((share) => share * lineCount);
  const statuses: Promise<string>[] = [];
  const output = await readAll(run, (lines) => {
    if (lines < (cutAt[0] ?? Number.POSITIVE_INFINITY)) return;
    cutAt.shift();
    statuses.push(statusOf(run.id));
    proxy.cut();
  });
  expect(firstDifference(output)).toBeUndefined();
  expect(await run.wait()).toMatchObject({ status: 'SUCCEEDED', exitCode: 0 });
  expect(cutAt).toEqual([]);
  expect(proxy.connections - before).toBeGreaterThanOrEqual(4);
  expect((await Promise.all(statuses))[0]).toBe('RUNNING');
});

it('each line comes once and in order when the client is away for ten seconds while the program ends', async () => {
  const run = await agentos.executions.run(await numberedLines(agentos));
  let away: Promise<string> | undefined;
  const output = await readAll(run, (lines) => {
    if (lines < lineCount / 5 || away !== undefined) return;
    proxy.down();
    away = sleep(10_000).then(async () => {
      const status = await statusOf(run.id);
      await proxy.up();
      return status;
    });
  });
  expect(firstDifference(output)).toBeUndefined();
  expect(await away).toBe('SUCCEEDED');
  expect((await run.wait()).status).toBe('SUCCEEDED');
});

it('each line comes once and in order to a client that starts to read after the server was killed and started again', async () => {
  const run = await agentos.executions.run(await numberedLines(agentos));
  expect(await run.wait()).toMatchObject({ status: 'SUCCEEDED' });
  await server.kill9();
  await server.up();
  expect(firstDifference(await readAll(run))).toBeUndefined();
  expect(firstDifference(await readAll(await agentos.executions.attach(run.id)))).toBeUndefined();
});

it('a client that reads while the server is killed learns what became of the program', async () => {
  const run = await agentos.executions.run(await numberedLines(agentos));
  let killed: Promise<void> | undefined;
  const output = await readAll(run, (lines) => {
    if (lines < lineCount / 5 || killed !== undefined) return;
    killed = server.kill9().then(() => server.up());
  });
  await killed;
  const { status, failure } = await run.wait();
  if (status === 'SUCCEEDED') {
    expect(firstDifference(output)).toBeUndefined();
  } else {
    expect({ status, failure: failure?.code }).toEqual({ status: 'FAILED', failure: 'SANDBOX_LOST' });
    // What was seen is a beginning of it, with nothing missing and nothing twice.
    const lines = output.split('\n').slice(0, -1);
    expect(lines.findIndex((line, index) => line !== String(index))).toBe(-1);
  }
});

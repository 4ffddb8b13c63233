import { createClient } from 'graphql-ws';
import { expect, it } from 'vitest';
import WebSocket from 'ws';
import { TestServer } from '../harness/server.js';

it('on SIGTERM running work ends, subscriptions close with 1001, and the exit code is 0', async () => {
  await using server = await TestServer.start();
  let closed: number | undefined;
  const client = createClient({
    url: `ws://127.0.0.1:${server.port}/graphql`,
    webSocketImpl: WebSocket,
    lazy: false,
    retryAttempts: 0,
    connectionParams: { authorization: `Bearer ${server.key}` },
    on: {
      closed: (event) => {
        closed = (event as { code: number }).code;
      },
    },
    onNonLazyError: () => {},
  });
  client.subscribe(
    { query: 'subscription { memoryChanged { kind } }' },
    { next: () => {}, error: () => {}, complete: () => {} },
  );
  // A program that is still running when the server is told to stop.
  const running = server.must(
    'mutation { execute(input: { runtime: NODEJS, code: "let n = 0; for (let i = 0; i < 3e6; i++) n += i; console.log(n)", waitMs: 20000 }) { status stdout } }',
  );
  await new Promise((resolve) => setTimeout(resolve, 300));
  const code = await server.stop();
  expect((await running).execute.status).toBe('SUCCEEDED');
  expect(code).toBe(0);
  expect(closed).toBe(1001);
});

it('on SIGTERM an event stream ends with its last word, and holds the stop up no longer than that', async () => {
  await using server = await TestServer.start({ SHUTDOWN_GRACE_MS: '600000' });
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query: 'subscription { memoryChanged { kind } }' }),
  });
  const text = response.text();
  expect(await server.stop()).toBe(0);
  expect(await text).toContain('event: complete');
});

it('what was stored, run and registered is still there after another start', async () => {
  await using server = await TestServer.start();
  const made = await server.must(
    'mutation { storeMemory(input: { content: "The tide turns at six." }) { id } execute(input: { runtime: NODEJS, code: "console.log(6 * 7)", waitMs: 20000 }) { id stdout } registerAgent(input: { name: "a" }) { id } }',
  );
  expect(made.execute.stdout).toBe('42\n');
  await server.restart();
  const found = await server.must(
    'query ($exec: ID!) { searchMemories(query: "when does the sea change?", mode: SEMANTIC) { hits { memory { id } } } execution(id: $exec) { stdout status } agents { id } }',
    { exec: made.execute.id },
  );
  expect(found.searchMemories.hits[0].memory.id).toBe(made.storeMemory.id);
  expect(found.execution).toEqual({ stdout: '42\n', status: 'SUCCEEDED' });
  expect(found.agents[0].id).toBe(made.registerAgent.id);
});

it('a second server on the same folder is refused with a clear message', async () => {
  await using server = await TestServer.start();
  await expect(TestServer.over(server.dataDir)).rejects.toThrow(
    /is in use by process \d+\. Stop that server, or set AGENTOS_DATA_DIR/,
  );
});

it('every wrong variable is named in one message', async () => {
  await expect(TestServer.start({ PORT: 'many', AGENTOS_MODE: 'half', SHUTDOWN_GRACE_MS: '-1' })).rejects.toThrow(
    /AGENTOS_MODE.*[\s\S]*PORT.*[\s\S]*SHUTDOWN_GRACE_MS/,
  );
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import WebSocket from 'ws';
import { TestServer } from '../harness/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

const subscription = 'subscription { memoryChanged { memory { content } } }';

async function makeKey(): Promise<{ id: string; secret: string }> {
  const { createApiKey } = await server.must(
    'mutation { createApiKey(input: { name: "short-lived", scopes: ["memory:read"] }) { secret apiKey { id } } }',
  );
  return { id: createApiKey.apiKey.id, secret: createApiKey.secret };
}
const revoke = (id: string) => server.must('mutation ($id: ID!) { revokeApiKey(id: $id) { revokedAt } }', { id });

it('an event stream ends when its key is revoked, and says why', async () => {
  const key = await makeKey();
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.secret}`, 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query: subscription }),
  });
  const text = response.text();
  await revoke(key.id);
  expect(await text).toMatch(/UNAUTHENTICATED[\s\S]*event: complete/);
});

it('a WebSocket is closed with 4403 when its key is revoked', async () => {
  const key = await makeKey();
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/graphql`, 'graphql-transport-ws');
  await new Promise((resolve) => socket.once('open', resolve));
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key.secret}` } }));
  await new Promise((resolve) => socket.once('message', resolve));
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: subscription } }));
  await revoke(key.id);
  expect(await closed).toBe(4403);
});

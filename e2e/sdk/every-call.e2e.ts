import { setTimeout as sleep } from 'node:timers/promises';
import { AgentOS } from '@agentos/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestServer } from '../harness/server.js';
import { CuttableProxy } from '../resume-output/cuttable-proxy.js';

let server: TestServer;
let agentos: AgentOS;

beforeAll(async () => {
  server = await TestServer.start();
  agentos = new AgentOS({ url: server.url, apiKey: server.key });
});
afterAll(async () => {
  agentos.close();
  await server[Symbol.asyncDispose]();
});

it('memories are stored, found, changed, listed, assembled and deleted', async () => {
  const { memory } = agentos;
  const stored = await memory.store({ content: 'The archive is kept in Lisbon.', tags: ['archive'], actor: 'Ada' });
  expect(await memory.get(stored.id)).toEqual(expect.objectContaining({ id: stored.id, actor: 'Ada', version: 1 }));
  const contents = ['cellar', 'attic', 'garage', 'garden', 'kitchen'].map(
    (place) => `Ada looked for it in the ${place}.`,
  );
  const { memories, created } = await memory.storeMany(contents.map((content) => ({ content, onDuplicate: 'KEEP' })));
  expect(memories.map(({ content }) => content)).toEqual(contents);
  expect(created).toBe(5);

  const { hits } = await memory.search('Where do we keep old documents?', { first: 3, mode: 'HYBRID' });
  expect(hits[0]?.memory.id).toBe(stored.id);
  const ids: string[] = [];
  for await (const { id } of memory.list({ first: 2, orderBy: 'CREATED_AT_ASC' })) ids.push(id);
  expect(ids).toHaveLength(6);
  expect(new Set(ids).size).toBe(6);
  expect((await memory.list({ filter: { tagsAny: ['archive'] } })).totalCount).toBe(1);

  const updated = await memory.update(stored.id, { content: 'The archive is kept in Porto.', expectedVersion: 1 });
  expect(updated).toMatchObject({ content: 'The archive is kept in Porto.', version: 2 });
  const stale = memory.update(stored.id, { content: 'Nowhere.', expectedVersion: 1 });
  await expect(stale).rejects.toMatchObject({ code: 'CONFLICT' });

  const context = await memory.context('archive', 200);
  expect(context.text).toContain('Porto');
  expect(context.tokenCount).toBeLessThanOrEqual(200);

  expect(await memory.delete(stored.id)).toBe(true);
  expect(await memory.get(stored.id)).toBeNull();
});

it('changes of memories arrive as they happen, also those that happened while the client was away', async () => {
  await using proxy = await new CuttableProxy(server.port).up();
  const watcher = new AgentOS({ url: proxy.url, apiKey: server.key });
  const seen: (string | undefined)[] = [];
  const watching = (async () => {
    for await (const { kind, memory } of watcher.memory.changes({ filter: { tagsAll: ['watched'] } })) {
      expect(kind).toBe('CREATED');
      seen.push(memory?.content);
      if (memory?.content === 'last') return;
    }
  })();
  const store = (content: string) => agentos.memory.store({ content, tags: ['watched'], onDuplicate: 'KEEP' });
  // Until the first arrives nobody knows whether the subscription stands.
  while (seen.length === 0) {
    await store('first');
    await sleep(20);
  }
  proxy.down();
  for (const content of ['away 1', 'away 2', 'away 3']) await store(content);
  await proxy.up();
  await store('last');
  await watching;
  watcher.close();
  expect(seen.filter((content) => content !== 'first')).toEqual(['away 1', 'away 2', 'away 3', 'last']);
});

it('agents register, live, work in sessions, and retire', async () => {
  const { agents } = agentos;
  const ada = await agents.register({ name: 'ada', capabilities: ['review'] });
  expect((await agents.register({ name: 'ada', capabilities: ['review'] })).id).toBe(ada.id);
  expect((await agents.heartbeat(ada.id)).status).toBe('ONLINE');
  expect((await agents.list({ capability: 'review' })).map(({ id }) => id)).toEqual([ada.id]);
  const session = await agents.startSession({ agentId: ada.id, title: 'Reading' });
  expect(session.agent.id).toBe(ada.id);
  expect((await agents.endSession(session.id)).endedAt).not.toBeNull();
  expect((await agents.retire(ada.id)).status).toBe('RETIRED');
  expect((await agents.get(ada.id))?.status).toBe('RETIRED');
});

it('projects are registered, listed and removed', async () => {
  const { projects } = agentos;
  const project = await projects.register({ name: 'tiny', files: [{ path: 'main.py', text: 'print(1)\n' }] });
  expect(await projects.get(project.id)).toMatchObject({ name: 'tiny' });
  expect((await projects.list()).nodes.map(({ id }) => id)).toEqual([project.id]);
  expect(await projects.remove(project.id)).toBe(true);
  expect(await projects.get(project.id)).toBeNull();
});

it('executions are listed and looked up, and a program that fails is a result', async () => {
  const { executions } = agentos;
  const run = await executions.run({ runtime: 'NODEJS', code: 'console.log("so far"); throw new Error("no further")' });
  const execution = await run.wait();
  expect(execution).toMatchObject({ status: 'FAILED', failure: { code: 'NON_ZERO_EXIT' }, stdout: 'so far\n' });
  expect(execution.stderr).toContain('no further');
  expect((await executions.get(run.id))?.id).toBe(run.id);
  expect((await executions.list({ filter: { status: ['FAILED'] } })).nodes.map(({ id }) => id)).toEqual([run.id]);
  expect((await executions.cancel(run.id)).status).toBe('FAILED');
  expect(await executions.runtimes()).toHaveLength(8);
});

it('one idempotency key is one program, however often it is asked for', async () => {
  const input = { runtime: 'NODEJS', code: 'console.log(Math.random())' } as const;
  const runs = await Promise.all([1, 2, 3].map(() => agentos.executions.run(input, { idempotencyKey: 'once' })));
  expect(new Set(runs.map(({ id }) => id)).size).toBe(1);
  const other = agentos.executions.run({ ...input, code: 'console.log(2)' }, { idempotencyKey: 'once' });
  await expect(other).rejects.toMatchObject({ code: 'CONFLICT' });
});

it('what the client has no call for goes through graphql() and subscribe()', async () => {
  const { me } = await agentos.graphql<{ me: { permissions: string[] } }>('{ me { permissions } }');
  expect(me.permissions).toContain('memory:read');
  const events: string[] = [];
  const stream = 'subscription ($input: ExecuteInput!) { executeStream(input: $input) { __typename } }';
  const input = { runtime: 'NODEJS', code: 'console.log(1)' };
  for await (const data of agentos.subscribe<{ executeStream: { __typename: string } }>(stream, { input })) {
    events.push(data.executeStream.__typename);
  }
  expect(events).toContain('ExecutionOutput');
});

it('bad input is told with its field, and a wrong key as such', async () => {
  const bad = agentos.memory.store({ content: '' });
  await expect(bad).rejects.toMatchObject({ code: 'BAD_USER_INPUT', retryable: false, field: expect.any(String) });
  const stranger = new AgentOS({ url: server.url, apiKey: 'not-a-key-of-this-server' });
  await expect(stranger.memory.list()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  await expect(stranger.memory.changes().next()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  stranger.close();
});

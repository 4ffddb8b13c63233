import { afterEach, beforeEach, expect, it } from 'vitest';
import { AgentOS } from './index.js';
import { TestServer } from './testing/test-server.js';

const at = '2026-01-01T00:00:00.000Z';
const memories = Array.from({ length: 45 }, (_, index) => memory(index));
let server: TestServer;
let agentos: AgentOS;

function memory(index: number) {
  return {
    ...{ id: `mem_${index}`, content: `memory ${index}`, type: 'FACT', tags: [], source: 'AGENT', trust: 'TRUSTED' },
    ...{ confidence: 1, validation: { status: 'UNVERIFIED' }, createdAt: at, updatedAt: at, accessedAt: at },
    ...{ accessCount: 0, relevanceScore: 1, version: 1 },
  };
}

const root = {
  memories: ({ first, after }: { first: number; after?: string }) => {
    const begin = after === undefined ? 0 : Number(after) + 1;
    const nodes = memories.slice(begin, begin + first);
    const end = begin + nodes.length;
    const pageInfo = { hasNextPage: end < memories.length, hasPreviousPage: begin > 0, endCursor: String(end - 1) };
    return { nodes, pageInfo, totalCount: memories.length, edges: [] };
  },
  memoryChanged: async function* ({ after }: { after?: string }) {
    for (let index = after === undefined ? 0 : Number(after) + 1; index < memories.length; index += 1) {
      const change = { cursor: String(index), kind: 'CREATED', memoryId: `mem_${index}`, memory: memories[index], at };
      yield { memoryChanged: change };
    }
    await new Promise(() => {});
  },
};

beforeEach(async () => {
  server = await new TestServer(root).start();
  agentos = new AgentOS({ url: `${server.url}/`, apiKey: 'key' });
});

afterEach(async () => {
  agentos.close();
  await server.kill();
});

/** Cuts each connection after every seventh event. */
function cutOften(): void {
  let sent = 0;
  server.onEvent = (socket) => {
    sent += 1;
    if (sent % 7 === 0) socket.terminate();
  };
}

it('a list is its first page to await, and every item to iterate', async () => {
  const page = await agentos.memory.list();
  expect(page.nodes).toHaveLength(20);
  expect(page.totalCount).toBe(45);
  const ids: string[] = [];
  for await (const { id } of agentos.memory.list({ first: 10 })) ids.push(id);
  expect(ids).toEqual(memories.map(({ id }) => id));
  const sizes: number[] = [];
  for await (const { nodes } of agentos.memory.list({ first: 20 }).pages()) sizes.push(nodes.length);
  expect(sizes).toEqual([20, 20, 5]);
});

it('a list that fails tells whoever reads it', async () => {
  server.apiKey = 'other';
  await expect(agentos.memory.list()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  const reading = (async () => {
    for await (const _ of agentos.memory.list()) expect.unreachable();
  })();
  await expect(reading).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});

it('changes of memories go on after the last one when the connection is cut', async () => {
  cutOften();
  const cursors: number[] = [];
  for await (const { cursor } of agentos.memory.changes({ after: '2' })) {
    cursors.push(Number(cursor));
    if (cursors.length === 42) break;
  }
  expect(cursors).toEqual(Array.from({ length: 42 }, (_, index) => index + 3));
  expect(server.subscriptions.length).toBeGreaterThan(1);
});

const changed = 'subscription ($after: String) { memoryChanged(after: $after) { cursor } }';
type Changed = { memoryChanged: { cursor: string } };

it('a subscription of the caller goes on where it says how', async () => {
  cutOften();
  const cursors: number[] = [];
  const resume = ({ memoryChanged }: Changed) => ({ after: memoryChanged.cursor });
  for await (const { memoryChanged } of agentos.subscribe<Changed>(changed, {}, { resume })) {
    cursors.push(Number(memoryChanged.cursor));
    if (cursors.length === 45) break;
  }
  expect(cursors).toEqual(memories.map((_, index) => index));
});

it('a subscription of the caller fails when it is cut, where it does not say how to go on', async () => {
  cutOften();
  const reading = (async () => {
    for await (const _ of agentos.subscribe<Changed>(changed));
  })();
  await expect(reading).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
});

it('a subscription ends with the reason of its signal', async () => {
  const stop = new AbortController();
  const reading = (async () => {
    for await (const _ of agentos.subscribe<Changed>(changed, {}, { signal: stop.signal }))
      stop.abort(new Error('enough'));
  })();
  await expect(reading).rejects.toThrow('enough');
});

it('a subscription that the server refuses fails with its reason', async () => {
  const reading = agentos.subscribe('subscription { noSuchField }').next();
  await expect(reading).rejects.toMatchObject({ message: expect.stringContaining('noSuchField') });
});

it('one signal may serve many calls without a warning', async () => {
  const warnings: Error[] = [];
  const listener = (warning: Error) => warnings.push(warning);
  process.on('warning', listener);
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 20 }, () => agentos.memory.list({ signal })));
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', listener);
  expect(warnings).toEqual([]);
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestServer } from '../harness/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

const kills = 100;
const store = 'mutation ($content: String!) { storeMemory(input: { content: $content, onDuplicate: KEEP }) { id } }';

it(`after ${kills} times kill -9 every acknowledged memory is there, found by search, and there once`, async () => {
  const acknowledged = new Map<string, string>(); // content → id
  let stopped = false;
  let sequence = 0;
  // Two clients store all the while; each repeats a request that was cut off with the same idempotency key until it is answered.
  const client = async (name: string) => {
    while (!stopped) {
      sequence += 1;
      const content = `note ${name} ${sequence}: the lighthouse keeper counted ${sequence * 7919} gulls`;
      const headers = { 'idempotency-key': `${name}-${sequence}` };
      for (;;) {
        const answer = await server.graphql(store, { content }, { headers }).catch(() => undefined);
        if (answer?.data) {
          acknowledged.set(content, answer.data.storeMemory.id);
          break;
        }
        const code = answer?.errors?.[0]?.extensions['code'];
        if (code !== undefined && code !== 'UNAVAILABLE')
          throw new Error(`storeMemory answered ${JSON.stringify(answer)}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  };
  const clients = [client('a'), client('b')];
  for (let kill = 0; kill < kills; kill += 1) {
    // At a moment of its own in the work: some time after something more has been acknowledged.
    const before = acknowledged.size;
    while (acknowledged.size === before) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, (kill * 37) % 200));
    await server.kill9();
    await server.up();
  }
  stopped = true;
  await Promise.all(clients);

  const stored: { id: string; content: string }[] = [];
  let after: string | null = null;
  do {
    const page = await server.must(
      'query ($after: String) { memories(first: 500, after: $after) { nodes { id content } pageInfo { hasNextPage endCursor } } }',
      { after },
    );
    stored.push(...page.memories.nodes);
    after = page.memories.pageInfo.hasNextPage ? page.memories.pageInfo.endCursor : null;
  } while (after !== null);

  expect(acknowledged.size).toBeGreaterThanOrEqual(kills);
  const idsOf = new Map<string, string[]>();
  for (const { id, content } of stored) idsOf.set(content, [...(idsOf.get(content) ?? []), id]);
  for (const [content, id] of acknowledged) expect(idsOf.get(content), content).toEqual([id]);
  // Every acknowledged one is looked for by its own words; a sample, since each search embeds a text.
  const sample = [...acknowledged].filter((_, index) => index % Math.ceil(acknowledged.size / 50) === 0);
  for (const [content, id] of sample) {
    const { searchMemories } = await server.must(
      'query ($query: String!) { searchMemories(query: $query, first: 10) { hits { memory { id } } } }',
      { query: content },
    );
    expect(
      searchMemories.hits.map((hit: { memory: { id: string } }) => hit.memory.id),
      content,
    ).toContain(id);
  }
  const { verifyAuditLog } = await server.must('{ verifyAuditLog { intact brokenAt } }');
  expect(verifyAuditLog).toEqual({ intact: true, brokenAt: null });
});

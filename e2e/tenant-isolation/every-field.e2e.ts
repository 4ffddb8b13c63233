import { type GraphQLNamedType, isEnumType } from 'graphql';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { operationFor, plainLeaf, type RootField, rootFields, valueFor } from '../harness/schema-walk.js';
import { TestServer } from '../harness/server.js';
import { addTenant } from '../harness/tenant.js';

/** Words that only the first tenant's data holds: whoever else sees one has seen the first tenant's data. */
const marker = 'zanzibar-quokka';

let server: TestServer;
let otherKey: string;
/** Every id of the first tenant's things, by what they are. */
const ids: Record<string, string> = {};

beforeAll(async () => {
  server = await TestServer.start();
  otherKey = await addTenant(server, 'other');
  const own = await server.must(
    `mutation ($files: [ProjectFileInput!]) {
      registerAgent(input: { name: "${marker} agent" }) { id }
      registerProject(input: { name: "${marker} project", files: $files }) { id }
      createContext(input: { name: "${marker} context" }) { id }
      createPrincipal(input: { kind: SERVICE, name: "${marker} principal", roles: ["read-only"] }) { id }
      createRole(input: { name: "${marker}", permissions: ["memory:read"] }) { id }
      createApiKey(input: { name: "${marker} key", scopes: ["memory:read"] }) { apiKey { id } }
    }`,
    { files: [{ path: 'main.py', text: `# ${marker}` }] },
  );
  ids['agent'] = own.registerAgent.id;
  ids['proj'] = own.registerProject.id;
  ids['ctx'] = own.createContext.id;
  ids['prin'] = own.createPrincipal.id;
  ids['role'] = own.createRole.id;
  ids['key'] = own.createApiKey.apiKey.id;
  const more = await server.must(
    `mutation ($agent: ID!, $project: ID!, $context: ID!) {
      startSession(input: { agentId: $agent, projectId: $project, title: "${marker} session" }) { id }
      first: storeMemory(input: { content: "${marker} likes mangoes", agentId: $agent, projectId: $project, contextId: $context }) { id }
      second: storeMemory(input: { content: "${marker} sleeps at noon", onDuplicate: KEEP }) { id }
      execute(input: { runtime: NODEJS, code: "console.log('${marker}')", projectId: $project, agentId: $agent, waitMs: 30000 }) { id status }
    }`,
    { agent: ids['agent'], project: ids['proj'], context: ids['ctx'] },
    { headers: { 'idempotency-key': 'shared-key' } },
  );
  ids['sess'] = more.startSession.id;
  ids['mem'] = more.first.id;
  ids['mem2'] = more.second.id;
  ids['exec'] = more.execute.id;
  const related = await server.must(
    'mutation ($a: ID!, $b: ID!) { relateMemories(input: { fromId: $a, toId: $b, type: SUPPORTS }) { id } }',
    {
      a: ids['mem'],
      b: ids['mem2'],
    },
  );
  ids['rel'] = related.relateMemories.id;
  const me = await server.must('{ me { id tenant { id } } }');
  ids['me'] = me.me.id;
  ids['tenant'] = me.me.tenant.id;
});
afterAll(() => server[Symbol.asyncDispose]());

const everything = `{
  agents { id name status sessions { nodes { id endedAt } } }
  projects { nodes { id name } }
  memories(first: 100) { nodes { id content type tags version validation { status } context { id } } }
  memoryContexts { id name archivedAt }
  executions { nodes { id status stdout } }
  principals { id name roles { name } }
  roles { name permissions }
  apiKeys { id name revokedAt }
  tenant { name quotas { name limit } }
}`;

/** For an argument that takes an id: each of the first tenant's in turn, or the one its name asks for. */
function idsFor(name: string): string[] {
  const byName: Record<string, string> = {
    agent: 'agent',
    project: 'proj',
    session: 'sess',
    context: 'ctx',
    principal: 'prin',
    execution: 'exec',
  };
  const known = Object.entries(byName).find(([word]) => name.toLowerCase().includes(word));
  return known === undefined ? Object.values(ids) : [ids[known[1]] as string];
}

function attempts(root: RootField): Record<string, unknown>[] {
  const perId = (pick: (candidates: string[]) => string, full: boolean) =>
    Object.fromEntries(
      root.field.args
        .filter((arg) => full || arg.type.toString().endsWith('!'))
        .map((arg) => [
          arg.name,
          valueFor(
            arg,
            (type: GraphQLNamedType, name: string) => {
              if (type.name === 'ID') return pick(idsFor(name));
              return isEnumType(type) ? plainLeaf(type) : leafFor(type, name);
            },
            full,
          ),
        ]),
    );
  const count = Object.keys(ids).length;
  return Array.from({ length: count }, (_, index) => [
    perId((candidates) => candidates[index % candidates.length] as string, false),
    perId((candidates) => candidates[index % candidates.length] as string, true),
  ]).flat();
}

/** Wide open, so that a filter would let everything of the first tenant through if nothing else stopped it. */
function leafFor(type: GraphQLNamedType, name: string): unknown {
  if (/^(occurred|created)?After$|^from$/.test(name))
    return type.name === 'DateTime' ? '2000-01-01T00:00:00.000Z' : null;
  if (/^(occurred|created)?Before$|^to$/.test(name))
    return type.name === 'DateTime' ? '2100-01-01T00:00:00.000Z' : null;
  if (/waitMs|intervalMs/i.test(name)) return 0;
  if (name === 'query') return 'what does it like';
  return plainLeaf(type);
}

describe('with the key of another tenant', () => {
  for (const root of rootFields()) {
    if (root.operation === 'subscription') continue;
    it(`${root.operation} ${root.field.name} neither shows nor changes anything`, async () => {
      const before = await server.must(everything);
      for (const args of attempts(root)) {
        const { query, variables } = operationFor(root, args);
        const answer = await server.graphql(query, variables, { key: otherKey });
        expect(JSON.stringify(answer), query).not.toContain(marker);
      }
      expect(await server.must(everything)).toEqual(before);
    });
  }

  it('every subscription is silent or refused', async () => {
    const client = createClient({
      url: `ws://127.0.0.1:${server.port}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${otherKey}` },
      retryAttempts: 0,
    });
    const seen: unknown[] = [];
    const stops: (() => void)[] = [];
    for (const root of rootFields()) {
      if (root.operation !== 'subscription') continue;
      for (const args of attempts(root).slice(0, 12)) {
        const { query, variables } = operationFor(root, args);
        stops.push(
          client.subscribe(
            { query, variables },
            { next: (event) => seen.push(event), error: (error) => seen.push(error), complete: () => {} },
          ),
        );
      }
    }
    // The first tenant changes things meanwhile, so that there is something to overhear.
    await server.must(`mutation ($id: ID!) { updateMemory(input: { id: $id, tags: ["${marker}"] }) { id } }`, {
      id: ids['mem'],
    });
    await server.must(
      `mutation { execute(input: { runtime: NODEJS, code: "console.log('${marker}')", waitMs: 20000 }) { id } }`,
    );
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    for (const stop of stops) stop();
    await client.dispose();
    expect(JSON.stringify(seen)).not.toContain(marker);
  });

  it('an idempotency key that the first tenant used is fresh', async () => {
    const answer = await server.must(
      'mutation { storeMemory(input: { content: "mine" }) { content } }',
      {},
      { key: otherKey, headers: { 'idempotency-key': 'shared-key' } },
    );
    expect(answer.storeMemory.content).toBe('mine');
  });

  it('a cursor of the first tenant opens nothing', async () => {
    const page = await server.must(
      '{ memories(first: 1) { pageInfo { endCursor } } executions(first: 1) { pageInfo { endCursor } } }',
    );
    const answer = await server.graphql(
      'query ($a: String, $b: String) { memories(after: $a) { nodes { content } } executions(after: $b) { nodes { stdout } } securityEvents(first: 100) { nodes { resource } } }',
      { a: page.memories.pageInfo.endCursor, b: page.executions.pageInfo.endCursor },
      { key: otherKey },
    );
    expect(JSON.stringify(answer)).not.toContain(marker);
  });
});

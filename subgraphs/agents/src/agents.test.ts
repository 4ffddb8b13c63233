import { newId, type RequestContext } from '@agentos/kernel';
import type { Platform } from '@agentos/platform';
import { createTestPlatform, testContext } from '@agentos/platform/testing';
import { type SubgraphModule, unguarded } from '@agentos/subgraph-kit';
import { graphql } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentsPersistence, createAgentsModule } from './index.js';

let platform: Platform;
let agents: SubgraphModule;

beforeAll(async () => {
  platform = await createTestPlatform([agentsPersistence]);
  agents = createAgentsModule(platform);
});
afterAll(() => platform[Symbol.asyncDispose]());

async function run(source: string, request: RequestContext, variableValues: Record<string, unknown> = {}) {
  const result = await graphql({
    schema: agents.schema,
    source,
    variableValues,
    contextValue: { request, loaders: agents.loaders(request) },
  });
  // biome-ignore lint/suspicious/noExplicitAny: the shape is that of each test's own query
  return { data: result.data as any, errors: result.errors ?? [] };
}

const register =
  'mutation ($name: String!) { registerAgent(input: { name: $name, capabilities: ["code"] }) { id name status } }';

describe('agents', () => {
  it('the same name registers the same agent again', async () => {
    const ctx = testContext();
    const first = await run(register, ctx, { name: 'coder' });
    const second = await run(register, ctx, { name: 'coder' });
    expect(first.errors).toEqual([]);
    expect(first.data.registerAgent).toMatchObject({ name: 'coder', status: 'ONLINE' });
    expect(second.data.registerAgent.id).toBe(first.data.registerAgent.id);
  });

  it('a session belongs to its agent and is listed with it', async () => {
    const ctx = testContext();
    const { id } = (await run(register, ctx, { name: 'worker' })).data.registerAgent;
    const started = await run(
      'mutation ($id: ID!) { startSession(input: { agentId: $id, title: "t" }) { id agent { name } } }',
      ctx,
      { id },
    );
    expect(started.data.startSession.agent.name).toBe('worker');
    const listed = await run(
      'query ($id: ID!) { agent(id: $id) { sessions(first: 1) { totalCount nodes { id } pageInfo { hasNextPage } } } }',
      ctx,
      { id },
    );
    expect(listed.data.agent.sessions).toEqual({
      totalCount: 1,
      nodes: [{ id: started.data.startSession.id }],
      pageInfo: { hasNextPage: false },
    });
  });

  it('another tenant sees and changes nothing of it', async () => {
    const ctx = testContext();
    const { id } = (await run(register, ctx, { name: 'secret' })).data.registerAgent;
    const other = testContext();
    expect((await run('query ($id: ID!) { agent(id: $id) { name } agents { id } }', other, { id })).data).toEqual({
      agent: null,
      agents: [],
    });
    const retired = await run('mutation ($id: ID!) { retireAgent(agentId: $id) { id } }', other, { id });
    expect(retired.errors[0]?.extensions['code']).toBe('NOT_FOUND');
    expect((await run('query ($id: ID!) { agent(id: $id) { status } }', ctx, { id })).data.agent.status).toBe('ONLINE');
  });

  it('a change leaves one audit line in its chain, a refusal another', async () => {
    const ctx = testContext();
    await run(register, ctx, { name: 'audited' });
    const refused = await run(register, { ...ctx, permissions: new Set(['agents:read']) }, { name: 'no' });
    expect(refused.errors[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', retryable: false });
    const lines: { action: string; outcome: string }[] = await platform.db.read(ctx, (manager) =>
      manager.query('select action, outcome from audit_log where tenant_id = $1 order by seq', [ctx.tenantId]),
    );
    expect(lines).toEqual([
      { action: 'registerAgent', outcome: 'SUCCEEDED' },
      { action: 'registerAgent', outcome: 'DENIED' },
    ]);
  });

  it('a repetition with the same idempotency key gives the first answer and does nothing twice', async () => {
    const ctx = { ...testContext(), idempotency: { key: 'k', fingerprint: 'f' } };
    const { id } = (await run(register, { ...ctx, idempotency: undefined }, { name: 'once' })).data.registerAgent;
    const start = 'mutation ($id: ID!) { startSession(input: { agentId: $id }) { id startedAt } }';
    const first = await run(start, ctx, { id });
    const second = await run(start, ctx, { id });
    expect(second.data).toEqual(first.data);
    const other = await run(start, { ...ctx, idempotency: { key: 'k', fingerprint: 'other' } }, { id });
    expect(other.errors[0]?.extensions['code']).toBe('CONFLICT');
  });

  it.each([
    ['an id of another kind', 'query { agent(id: "mem_01h455vb4pex5vsknk084sn02q") { id } }', 'id'],
    ['no id at all', 'query { agent(id: "") { id } }', 'id'],
    ['an empty name', 'mutation { registerAgent(input: { name: " " }) { id } }', 'input.name'],
    ['a NUL character', 'mutation { registerAgent(input: { name: "a\\u0000b" }) { id } }', 'input.name'],
    ['a negative page', 'query { agents(first: -1) { id } }', 'first'],
  ])('refuses %s and names the field', async (_title, query, field) => {
    const { errors } = await run(query, testContext());
    expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field, retryable: false });
  });

  it('every root field and entity declares its permission', () => {
    expect(unguarded(agents.schema, ['Agent', 'Session', 'Project'])).toEqual([]);
  });

  it('an agent that does not exist is not found', async () => {
    const { errors } = await run('mutation ($id: ID!) { heartbeat(agentId: $id) { id } }', testContext(), {
      id: newId('agent'),
    });
    expect(errors[0]?.extensions['code']).toBe('NOT_FOUND');
  });
});

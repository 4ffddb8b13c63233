import type { RequestContext } from '@agentos/kernel';
import type { Platform } from '@agentos/platform';
import { createTestPlatform, testContext } from '@agentos/platform/testing';
import type { SubgraphModule } from '@agentos/subgraph-kit';
import { type ExecutionResult, graphql, parse, subscribe } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentsPersistence, createAgentsModule } from './index.js';

// biome-ignore lint/suspicious/noExplicitAny: the shape is that of each test's own query
type Answer = any;

let platform: Platform;
let agents: SubgraphModule;

beforeAll(async () => {
  platform = await createTestPlatform([agentsPersistence]);
  agents = createAgentsModule(platform);
});
afterAll(() => platform[Symbol.asyncDispose]());

async function run(source: string, request: RequestContext, variableValues: Record<string, unknown> = {}) {
  const contextValue = { request, loaders: agents.loaders(request) };
  const result = await graphql({ schema: agents.schema, source, variableValues, contextValue });
  return { data: result.data as Answer, errors: result.errors ?? [], code: result.errors?.[0]?.extensions['code'] };
}

describe('a lock', () => {
  const acquireMutation = `mutation ($name: String!, $holder: ID!, $leaseMs: Int, $waitMs: Int) {
    acquireLock(name: $name, holder: $holder, leaseMs: $leaseMs, waitMs: $waitMs) { name holder fencingToken expiresAt }
  }`;
  const acquire = async (ctx: RequestContext, holder: string, options: Record<string, unknown> = {}) => {
    const { data, errors } = await run(acquireMutation, ctx, { name: 'deploy', holder, ...options });
    expect(errors).toEqual([]);
    return data.acquireLock;
  };
  const release = async (ctx: RequestContext, token: unknown) =>
    (await run('mutation ($token: BigInt!) { releaseLock(name: "deploy", fencingToken: $token) }', ctx, { token })).data
      .releaseLock;
  const holder = async (ctx: RequestContext) =>
    (await run('{ lock(name: "deploy") { holder } }', ctx)).data.lock?.holder;

  it('has one holder at a time', async () => {
    const ctx = testContext();
    const tries = await Promise.all(['a', 'b', 'c'].map((name) => acquire(ctx, name)));
    const [held, ...others] = tries.filter((lock) => lock !== null);
    expect(others).toEqual([]);
    expect(await holder(ctx)).toBe(held.holder);
    expect(await release(ctx, held.fencingToken)).toBe(true);
    expect(await release(ctx, held.fencingToken)).toBe(false);
    expect(await holder(ctx)).toBeUndefined();
  });

  it('gives each new holder a greater token, and its holder a longer lease under the same', async () => {
    const ctx = testContext();
    const first = await acquire(ctx, 'a');
    const again = await acquire(ctx, 'a', { leaseMs: 60_000 });
    expect(again.fencingToken).toBe(first.fencingToken);
    expect(new Date(again.expiresAt).getTime()).toBeGreaterThan(new Date(first.expiresAt).getTime());
    await release(ctx, first.fencingToken);
    expect((await acquire(ctx, 'b')).fencingToken).toBeGreaterThan(first.fencingToken);
  });

  it('goes to another when its lease ends, and the old token releases nothing', async () => {
    const ctx = testContext();
    const first = await acquire(ctx, 'a', { leaseMs: 1 });
    const second = await acquire(ctx, 'b', { waitMs: 10_000 });
    expect(second.holder).toBe('b');
    expect(await release(ctx, first.fencingToken)).toBe(false);
    expect(await holder(ctx)).toBe('b');
  });

  it('is waited for until it is released', async () => {
    const ctx = testContext();
    const { fencingToken } = await acquire(ctx, 'a');
    const waiting = acquire(ctx, 'b', { waitMs: 20_000 });
    await release(ctx, fencingToken);
    expect((await waiting).holder).toBe('b');
    expect(await acquire(ctx, 'c', { waitMs: 20 })).toBeNull();
  });

  it('of one name in another tenant is another lock', async () => {
    const ctx = testContext();
    const { fencingToken } = await acquire(ctx, 'a');
    const other = testContext();
    expect(await holder(other)).toBeUndefined();
    expect(await release(other, fencingToken)).toBe(false);
    expect((await acquire(other, 'b')).holder).toBe('b');
    expect(await holder(ctx)).toBe('a');
  });

  it('a repeated request with one Idempotency-Key does not take it anew', async () => {
    const ctx = testContext();
    const once = { ...ctx, idempotency: { key: 'k', fingerprint: 'f' } };
    const first = await acquire(once, 'a');
    await release(ctx, first.fencingToken);
    expect(await acquire(once, 'a')).toEqual(first);
    expect(await holder(ctx)).toBeUndefined();
  });

  it.each([
    ['an empty name', '{ lock(name: "") { holder } }', 'name'],
    ['no holder', 'mutation { acquireLock(name: "n", holder: "") { holder } }', 'holder'],
    ['a lease of nothing', 'mutation { acquireLock(name: "n", holder: "h", leaseMs: 0) { holder } }', 'leaseMs'],
    ['a negative wait', 'mutation { acquireLock(name: "n", holder: "h", waitMs: -1) { holder } }', 'waitMs'],
  ])('with %s is refused', async (_title, query, field) => {
    expect((await run(query, testContext())).errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field });
  });
});

describe('a message', () => {
  const newAgent = async (ctx: RequestContext, name: string): Promise<string> =>
    (await run('mutation ($name: String!) { registerAgent(input: { name: $name }) { id } }', ctx, { name })).data
      .registerAgent.id;
  const sendMutation =
    'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id cursor topic body from { id } to { id } } }';
  const send = async (ctx: RequestContext, input: Record<string, unknown>) => {
    const { data, errors } = await run(sendMutation, ctx, { input: { topic: 'news', body: {}, ...input } });
    expect(errors).toEqual([]);
    return data.sendMessage;
  };
  const inbox = `subscription ($agentId: ID!, $topics: [String!], $after: String) {
    messages(agentId: $agentId, topics: $topics, after: $after) { id cursor topic body from { id } to { id } }
  }`;
  /** What comes until `count` messages have. */
  async function receive(
    ctx: RequestContext,
    variableValues: Record<string, unknown>,
    count: number,
    meanwhile = async () => {},
  ) {
    const stop = new AbortController();
    const request = { ...ctx, signal: stop.signal };
    const contextValue = { request, loaders: agents.loaders(request) };
    const events = await subscribe({ schema: agents.schema, document: parse(inbox), variableValues, contextValue });
    if (!(Symbol.asyncIterator in events)) throw new Error(JSON.stringify(events.errors));
    const taken: Answer[] = [];
    const first = events.next();
    await meanwhile();
    for (let event = await first; !event.done; event = await events.next()) {
      taken.push(((event.value as ExecutionResult).data as Answer).messages);
      if (taken.length === count) stop.abort();
    }
    return taken;
  }

  it('reaches the agent it is for, or everyone, while they listen', async () => {
    const ctx = testContext();
    const [a, b, c] = [await newAgent(ctx, 'a'), await newAgent(ctx, 'b'), await newAgent(ctx, 'c')];
    const sent: Answer[] = [];
    const taken = await receive(ctx, { agentId: b }, 2, async () => {
      sent.push(await send(ctx, { fromAgentId: a, toAgentId: b, body: { n: [1, 'x'] } }));
      await send(ctx, { fromAgentId: a, toAgentId: c });
      sent.push(await send(ctx, { fromAgentId: c }));
    });
    expect(taken).toEqual(sent);
    expect(taken[0]).toMatchObject({ body: { n: [1, 'x'] }, from: { id: a }, to: { id: b } });
    expect(taken[1]).toMatchObject({ from: { id: c }, to: null });
  });

  it('that was missed comes when the agent resumes with its last cursor, each once and in order', async () => {
    const ctx = testContext();
    const agent = await newAgent(ctx, 'a');
    const sent: Answer[] = [];
    for (let n = 0; n < 6; n++)
      sent.push(await send(ctx, { fromAgentId: agent, body: n, topic: n % 2 === 0 ? 'even' : 'odd' }));
    expect(await receive(ctx, { agentId: agent, after: sent[1].cursor }, 4)).toEqual(sent.slice(2));
    expect(await receive(ctx, { agentId: agent, after: '0', topics: ['odd'] }, 3)).toEqual([sent[1], sent[3], sent[5]]);
  });

  it('sent again with one Idempotency-Key is the same message', async () => {
    const ctx = testContext();
    const agent = await newAgent(ctx, 'a');
    const once = { ...ctx, idempotency: { key: 'k', fingerprint: 'f' } };
    const first = await send(once, { fromAgentId: agent });
    expect(await send(once, { fromAgentId: agent })).toEqual(first);
  });

  it('of another tenant is neither sent nor heard', async () => {
    const ctx = testContext();
    const agent = await newAgent(ctx, 'a');
    const other = testContext();
    const stranger = await newAgent(other, 'a');
    expect(
      (await run(sendMutation, other, { input: { fromAgentId: stranger, toAgentId: agent, topic: 't', body: 1 } }))
        .code,
    ).toBe('NOT_FOUND');
    await send(ctx, { fromAgentId: agent, body: 'secret' });
    const mine = await send(other, { fromAgentId: stranger, body: 'mine' });
    expect(await receive(other, { agentId: stranger, after: '0' }, 1)).toEqual([mine]);
    await expect(receive(other, { agentId: agent }, 1)).rejects.toThrow('There is no agent');
  });

  it.each([
    ['a body that is too long', { topic: 't', body: 'x'.repeat(300_000) }, 'input.body'],
    ['an empty topic', { topic: '', body: 1 }, 'input.topic'],
    ['a sender that is no id', { topic: 't', body: 1, fromAgentId: 'x' }, 'input.fromAgentId'],
  ])('with %s is refused', async (_title, input, field) => {
    const ctx = testContext();
    const fromAgentId = await newAgent(ctx, 'a');
    const { errors } = await run(sendMutation, ctx, { input: { fromAgentId, ...input } });
    expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field });
  });

  it('is not resumed from a cursor of nowhere', async () => {
    const ctx = testContext();
    const agentId = await newAgent(ctx, 'a');
    await expect(receive(ctx, { agentId, after: 'x' }, 1)).rejects.toThrow('after is not a cursor');
  });
});

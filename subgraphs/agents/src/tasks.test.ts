import { newId, type RequestContext } from '@agentos/kernel';
import type { Platform } from '@agentos/platform';
import { createTestPlatform, testContext } from '@agentos/platform/testing';
import { type SubgraphModule, unguarded } from '@agentos/subgraph-kit';
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
  await agents.start();
});
afterAll(async () => {
  await agents.stop(AbortSignal.abort());
  await platform[Symbol.asyncDispose]();
});

async function run(source: string, request: RequestContext, variableValues: Record<string, unknown> = {}) {
  const contextValue = { request, loaders: agents.loaders(request) };
  const result = await graphql({ schema: agents.schema, source, variableValues, contextValue });
  return { data: result.data as Answer, errors: result.errors ?? [], code: result.errors?.[0]?.extensions['code'] };
}

async function open(
  source: string,
  request: RequestContext,
  variableValues: Record<string, unknown> = {},
): Promise<AsyncGenerator<Answer>> {
  const contextValue = { request, loaders: agents.loaders(request) };
  const opened = await subscribe({ schema: agents.schema, document: parse(source), variableValues, contextValue });
  if (!(Symbol.asyncIterator in opened)) throw new Error(JSON.stringify((opened as ExecutionResult).errors));
  return opened as AsyncGenerator<ExecutionResult>;
}

async function newAgent(ctx: RequestContext, name = 'worker', capabilities: string[] = []): Promise<string> {
  const mutation = 'mutation ($input: RegisterAgentInput!) { registerAgent(input: $input) { id } }';
  return (await run(mutation, ctx, { input: { name, capabilities } })).data.registerAgent.id;
}
const fields = 'id state attempts error result progress assignee { id } dependsOn { id }';
async function submit(ctx: RequestContext, input: Record<string, unknown> = {}) {
  const { data, errors } = await run(
    `mutation ($input: SubmitTaskInput!) { submitTask(input: $input) { ${fields} } }`,
    ctx,
    {
      input: { title: 'a task', ...input },
    },
  );
  expect(errors).toEqual([]);
  return data.submitTask as { id: string; state: string };
}
const claimMutation = `mutation ($input: ClaimTaskInput!) { claimTask(input: $input) { fencingToken expiresAt task { ${fields} } } }`;
async function claim(ctx: RequestContext, agentId: string, input: Record<string, unknown> = {}) {
  const { data, errors } = await run(claimMutation, ctx, { input: { agentId, ...input } });
  expect(errors).toEqual([]);
  return data.claimTask as Answer;
}
const complete = (ctx: RequestContext, id: string, token: unknown) =>
  run(
    `mutation ($id: ID!, $token: BigInt!) { completeTask(taskId: $id, fencingToken: $token, result: { n: 1 }) { ${fields} } }`,
    ctx,
    { id, token },
  );
const fail = (ctx: RequestContext, id: string, token: unknown, retry = true) =>
  run(
    `mutation ($id: ID!, $token: BigInt!, $retry: Boolean) { failTask(taskId: $id, fencingToken: $token, error: "no", retry: $retry) { ${fields} } }`,
    ctx,
    { id, token, retry },
  );
const stateOf = async (ctx: RequestContext, id: string) =>
  (await run('query ($id: ID!) { task(id: $id) { state } }', ctx, { id })).data.task?.state;

describe('a task', () => {
  it('goes to an agent that can do it, the most urgent first, then the oldest', async () => {
    const ctx = testContext();
    const agent = await newAgent(ctx, 'python', ['python']);
    const ids = [];
    for (const [priority, requiredCapabilities] of [
      [0, []],
      [5, ['python']],
      [5, ['python']],
      [9, ['docker']],
    ]) {
      ids.push((await submit(ctx, { priority, requiredCapabilities })).id);
    }
    const order = [];
    for (let lease = await claim(ctx, agent); lease !== null; lease = await claim(ctx, agent))
      order.push(lease.task.id);
    expect(order).toEqual([ids[1], ids[2], ids[0]]);
    expect((await claim(ctx, agent, { capabilities: ['docker'] })).task).toMatchObject({
      id: ids[3],
      state: 'CLAIMED',
      attempts: 1,
      assignee: { id: agent },
    });
  });

  it('is done by one agent, however many ask at once', async () => {
    const ctx = testContext();
    const agent = await newAgent(ctx);
    for (let n = 0; n < 5; n++) await submit(ctx);
    const leases = (await Promise.all(Array.from({ length: 12 }, () => claim(ctx, agent)))).filter(
      (lease) => lease !== null,
    );
    expect(new Set(leases.map((lease) => lease.task.id)).size).toBe(5);
    expect(leases).toHaveLength(5);
  });

  it('is completed once; the same token again changes nothing', async () => {
    const ctx = testContext();
    const lease = await (async () => {
      await submit(ctx);
      return claim(ctx, await newAgent(ctx));
    })();
    const done = await complete(ctx, lease.task.id, lease.fencingToken);
    expect(done.data.completeTask).toMatchObject({ state: 'SUCCEEDED', result: { n: 1 }, progress: 1 });
    expect((await complete(ctx, lease.task.id, lease.fencingToken)).data).toEqual(done.data);
    expect((await fail(ctx, lease.task.id, lease.fencingToken)).code).toBe('CONFLICT');
  });

  it('goes to another when its lease ends, and the first one can do nothing to it any more', async () => {
    const ctx = testContext();
    const [slow, quick] = [await newAgent(ctx, 'slow'), await newAgent(ctx, 'quick')];
    const { id } = await submit(ctx);
    const stale = await claim(ctx, slow, { leaseMs: 1 });
    const lease = await claim(ctx, quick, { waitMs: 10_000 });
    expect(lease.task).toMatchObject({ id, attempts: 2, assignee: { id: quick } });
    expect(BigInt(lease.fencingToken)).toBeGreaterThan(BigInt(stale.fencingToken));
    const renew =
      'mutation ($id: ID!, $token: BigInt!) { renewLease(taskId: $id, fencingToken: $token, progress: 0.5) { expiresAt task { progress } } }';
    expect((await complete(ctx, id, stale.fencingToken)).code).toBe('CONFLICT');
    expect((await run(renew, ctx, { id, token: stale.fencingToken })).code).toBe('CONFLICT');
    expect((await run(renew, ctx, { id, token: lease.fencingToken })).data.renewLease.task.progress).toBe(0.5);
    expect((await complete(ctx, id, lease.fencingToken)).data.completeTask.state).toBe('SUCCEEDED');
  });

  it('is tried again until its tries are used up, then it is dead', async () => {
    const ctx = testContext();
    const agent = await newAgent(ctx);
    const { id } = await submit(ctx, { maxAttempts: 2 });
    const first = await claim(ctx, agent);
    expect((await fail(ctx, id, first.fencingToken)).data.failTask).toMatchObject({
      state: 'READY',
      error: 'no',
      assignee: null,
    });
    const second = await claim(ctx, agent);
    expect((await fail(ctx, id, second.fencingToken)).data.failTask).toMatchObject({ state: 'DEAD', attempts: 2 });
    expect(await claim(ctx, agent)).toBeNull();
  });

  it('whose agent is lost on the last try is dead too, though nobody claims', async () => {
    const ctx = testContext();
    const { id } = await submit(ctx, { maxAttempts: 1 });
    await claim(ctx, await newAgent(ctx), { leaseMs: 1 });
    await expect.poll(() => stateOf(ctx, id), { timeout: 10_000 }).toBe('DEAD');
  });

  it('waits for those it depends on', async () => {
    const ctx = testContext();
    const agent = await newAgent(ctx);
    const [a, b] = [await submit(ctx), await submit(ctx)];
    const c = await submit(ctx, { dependsOn: [a.id, b.id], priority: 100 });
    expect(c).toMatchObject({ state: 'BLOCKED', dependsOn: [{ id: a.id }, { id: b.id }] });
    const leases = [await claim(ctx, agent), await claim(ctx, agent)];
    expect(await claim(ctx, agent)).toBeNull();
    await Promise.all(leases.map((lease) => complete(ctx, lease.task.id, lease.fencingToken)));
    expect((await claim(ctx, agent)).task.id).toBe(c.id);
  });

  it('is cancelled with the one it depends on', async () => {
    const ctx = testContext();
    const a = await submit(ctx);
    const b = await submit(ctx, { dependsOn: [a.id] });
    const c = await submit(ctx, { dependsOn: [b.id] });
    const lease = await claim(ctx, await newAgent(ctx));
    expect((await fail(ctx, a.id, lease.fencingToken, false)).data.failTask.state).toBe('FAILED');
    expect([await stateOf(ctx, b.id), await stateOf(ctx, c.id)]).toEqual(['CANCELLED', 'CANCELLED']);
    const late = await run(
      'mutation ($id: ID!) { submitTask(input: { title: "late", dependsOn: [$id] }) { id } }',
      ctx,
      { id: a.id },
    );
    expect(late.code).toBe('CONFLICT');
  });

  it('that comes while an agent waits is claimed by it', async () => {
    const ctx = testContext();
    const waiting = claim(ctx, await newAgent(ctx), { waitMs: 20_000 });
    const { id } = await submit(ctx);
    expect((await waiting).task.id).toBe(id);
  });

  it('is not offered before its time', async () => {
    const ctx = testContext();
    const agent = await newAgent(ctx);
    await submit(ctx, { notBefore: new Date(Date.now() + 3_600_000) });
    expect(await claim(ctx, agent, { waitMs: 50 })).toBeNull();
  });

  it('is submitted once for its idempotency key', async () => {
    const ctx = testContext();
    const first = await submit(ctx, { idempotencyKey: 'k', payload: { a: [1, 'two'] } });
    expect((await submit(ctx, { idempotencyKey: 'k', payload: { a: [1, 'two'] } })).id).toBe(first.id);
    const other = await run('mutation { submitTask(input: { title: "other", idempotencyKey: "k" }) { id } }', ctx);
    expect(other.code).toBe('CONFLICT');
  });

  it('a repeated claim with one Idempotency-Key is the first claim, and takes no second task', async () => {
    const ctx = testContext();
    const agent = await newAgent(ctx);
    const [a, b] = [await submit(ctx), await submit(ctx)];
    const once = { ...ctx, idempotency: { key: 'k', fingerprint: 'f' } };
    const first = await claim(once, agent);
    const second = await claim(once, agent);
    expect([first.task.id, second.task.id]).toEqual([a.id, a.id]);
    expect(second.fencingToken).toBe(first.fencingToken);
    expect((await run('query ($id: ID!) { task(id: $id) { state attempts } }', ctx, { id: b.id })).data.task).toEqual({
      state: 'READY',
      attempts: 0,
    });
  });

  it('tells of each change to those who watch its project', async () => {
    const stop = new AbortController();
    const ctx = testContext({ signal: stop.signal });
    const projectId = newId('proj');
    const watch =
      'subscription ($projectId: ID, $states: [TaskState!]) { taskChanged(projectId: $projectId, states: $states) { id state attempts } }';
    const events = await open(watch, ctx, { projectId, states: ['CLAIMED', 'SUCCEEDED'] });
    await submit(ctx);
    const { id } = await submit(ctx, { projectId, priority: 1 });
    const lease = await claim(ctx, await newAgent(ctx));
    await complete(ctx, lease.task.id, lease.fencingToken);
    expect((await events.next()).value.data.taskChanged).toEqual({ id, state: 'CLAIMED', attempts: 1 });
    expect((await events.next()).value.data.taskChanged).toEqual({ id, state: 'SUCCEEDED', attempts: 1 });
    stop.abort();
    expect((await events.next()).done).toBe(true);
  });

  it('is listed by state, with its project and with its agent', async () => {
    const ctx = testContext();
    const projectId = newId('proj');
    const agent = await newAgent(ctx);
    const { id } = await submit(ctx, { projectId, priority: 1 });
    await submit(ctx);
    await claim(ctx, agent);
    const list =
      'query ($projectId: ID, $states: [TaskState!]) { tasks(projectId: $projectId, states: $states) { totalCount nodes { id project { id } } } }';
    expect((await run(list, ctx)).data.tasks.totalCount).toBe(2);
    expect((await run(list, ctx, { states: ['READY', 'BLOCKED'] })).data.tasks.totalCount).toBe(1);
    expect((await run(list, ctx, { projectId })).data.tasks).toEqual({
      totalCount: 1,
      nodes: [{ id, project: { id: projectId } }],
    });
    expect(
      (await run('query ($id: ID!) { agent(id: $id) { tasks { nodes { id } } } }', ctx, { id: agent })).data.agent.tasks
        .nodes,
    ).toEqual([{ id }]);
    const entities =
      'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Project { tasks { nodes { id } } } ... on Task { id } } }';
    const found = await run(entities, ctx, {
      of: [
        { __typename: 'Project', id: projectId },
        { __typename: 'Task', id },
      ],
    });
    expect(found.data._entities).toEqual([{ tasks: { nodes: [{ id }] } }, { id }]);
  });
});

it('another tenant sees, claims and changes none of it', async () => {
  const ctx = testContext();
  const { id } = await submit(ctx);
  const other = testContext();
  const agent = await newAgent(other);
  expect((await run('query ($id: ID!) { task(id: $id) { id } tasks { totalCount } }', other, { id })).data).toEqual({
    task: null,
    tasks: { totalCount: 0 },
  });
  expect(await claim(other, agent)).toBeNull();
  expect((await run('mutation ($id: ID!) { cancelTask(taskId: $id) { id } }', other, { id })).code).toBe('NOT_FOUND');
  expect(
    (await run('mutation ($id: ID!) { submitTask(input: { title: "x", dependsOn: [$id] }) { id } }', other, { id }))
      .code,
  ).toBe('NOT_FOUND');
  expect((await run(claimMutation, ctx, { input: { agentId: agent } })).code).toBe('NOT_FOUND');
  expect(await stateOf(ctx, id)).toBe('READY');
});

it.each([
  ['an empty title', 'mutation { submitTask(input: { title: "" }) { id } }', 'input.title'],
  ['no tries', 'mutation { submitTask(input: { title: "t", maxAttempts: 0 }) { id } }', 'input.maxAttempts'],
  [
    'a NUL character in the payload',
    'mutation { submitTask(input: { title: "t", payload: { a: "\\u0000" } }) { id } }',
    'input.payload',
  ],
  [
    'a dependency that is no id',
    'mutation { submitTask(input: { title: "t", dependsOn: ["x"] }) { id } }',
    'input.dependsOn',
  ],
  ['an agent that is no id', 'mutation { claimTask(input: { agentId: "x" }) { fencingToken } }', 'input.agentId'],
  [
    'a negative lease',
    'mutation { claimTask(input: { agentId: "x", leaseMs: -1 }) { fencingToken } }',
    'input.leaseMs',
  ],
  [
    'a wait of an hour',
    'mutation { claimTask(input: { agentId: "x", waitMs: 3600000 }) { fencingToken } }',
    'input.waitMs',
  ],
  ['a task that is no id', 'mutation { completeTask(taskId: "x", fencingToken: 1) { id } }', 'taskId'],
  ['a negative page', '{ tasks(first: -1) { totalCount } }', 'first'],
  ['a cursor of nowhere', '{ tasks(after: "?") { totalCount } }', 'after'],
])('refuses %s and names the field', async (_title, query, field) => {
  expect((await run(query, testContext())).errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field });
});

it('every root field and entity declares its permission', () => {
  expect(unguarded(agents.schema, ['Agent', 'Session', 'Task', 'Project'])).toEqual([]);
});

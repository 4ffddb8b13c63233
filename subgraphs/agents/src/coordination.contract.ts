import type { RequestContext } from '@agentos/kernel';
import type { Platform } from '@agentos/platform';
import { testContext } from '@agentos/platform/testing';
import type { SubgraphModule } from '@agentos/subgraph-kit';
import { graphql } from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAgentsModule } from './index.js';

// biome-ignore lint/suspicious/noExplicitAny: the shape is that of each test's own query
type Answer = any;

/** What must hold when many agents work at once, on every database. */
export function coordinationContract(open: () => Promise<Platform>): void {
  let platform: Platform;
  let agents: SubgraphModule;

  beforeAll(async () => {
    platform = await open();
    agents = createAgentsModule(platform);
    await agents.start();
  });
  afterAll(async () => {
    await agents?.stop(AbortSignal.abort());
    await platform?.[Symbol.asyncDispose]();
  });

  async function run(
    source: string,
    request: RequestContext,
    variableValues: Record<string, unknown> = {},
  ): Promise<Answer> {
    const contextValue = { request, loaders: agents.loaders(request) };
    const result = await graphql({ schema: agents.schema, source, variableValues, contextValue });
    if (result.errors !== undefined) throw result.errors[0];
    return Object.values(result.data ?? {})[0];
  }
  const newAgents = (ctx: RequestContext, count: number): Promise<string[]> =>
    Promise.all(
      Array.from(
        { length: count },
        async (_, n) => (await run(`mutation { registerAgent(input: { name: "a${n}" }) { id } }`, ctx)).id,
      ),
    );
  const submit = async (ctx: RequestContext, dependsOn: string[] = []): Promise<string> =>
    (
      await run(
        'mutation ($on: [ID!]) { submitTask(input: { title: "t", dependsOn: $on, maxAttempts: 10 }) { id } }',
        ctx,
        { on: dependsOn },
      )
    ).id;
  const claim = (ctx: RequestContext, agentId: string) =>
    run('mutation ($id: ID!) { claimTask(input: { agentId: $id }) { fencingToken task { id attempts } } }', ctx, {
      id: agentId,
    });
  const end = (ctx: RequestContext, lease: Answer, isDone: boolean) =>
    run(
      isDone
        ? 'mutation ($id: ID!, $token: BigInt!) { completeTask(taskId: $id, fencingToken: $token) { state } }'
        : 'mutation ($id: ID!, $token: BigInt!) { failTask(taskId: $id, fencingToken: $token, error: "again") { state } }',
      ctx,
      { id: lease.task.id, token: lease.fencingToken },
    );

  it('many agents do many tasks, each claim in one hand and each task done once', async () => {
    const ctx = testContext();
    const ids = await Promise.all(Array.from({ length: 15 }, () => submit(ctx)));
    const claims: string[] = [];
    const done: string[] = [];
    await Promise.all(
      (await newAgents(ctx, 5)).map(async (agent) => {
        for (let lease = await claim(ctx, agent); lease !== null; lease = await claim(ctx, agent)) {
          claims.push(`${lease.task.id} ${lease.fencingToken}`);
          const isDone = lease.task.attempts > 1;
          expect(await end(ctx, lease, isDone)).toEqual({ state: isDone ? 'SUCCEEDED' : 'READY' });
          if (isDone) done.push(lease.task.id);
        }
      }),
    );
    expect(new Set(claims).size).toBe(30);
    expect(done.sort()).toEqual(ids.sort());
  });

  it('tasks that wait for the same ones, all ending at once, become ready', async () => {
    const ctx = testContext();
    const first = await Promise.all(Array.from({ length: 6 }, () => submit(ctx)));
    const second = await Promise.all(Array.from({ length: 6 }, () => submit(ctx, first)));
    const [agent] = (await newAgents(ctx, 1)) as [string];
    const leases = [];
    for (let lease = await claim(ctx, agent); lease !== null; lease = await claim(ctx, agent)) leases.push(lease);
    expect(leases).toHaveLength(6);
    const [, late] = await Promise.all([
      Promise.all(leases.map((lease) => end(ctx, lease, true))),
      Promise.all([submit(ctx, first), submit(ctx, first)]),
    ]);
    const ready = await run('{ tasks(states: [READY], first: 50) { nodes { id } } }', ctx);
    expect(ready.nodes.map(({ id }: { id: string }) => id).sort()).toEqual([...second, ...late].sort());
  });

  it('a lock keeps all but one out', async () => {
    const ctx = testContext();
    let inside = 0;
    const tokens: number[] = [];
    await Promise.all(
      Array.from({ length: 6 }, async (_, n) => {
        const lock = await run(
          `mutation { acquireLock(name: "door", holder: "h${n}", waitMs: 60000) { fencingToken } }`,
          ctx,
        );
        expect(++inside).toBe(1);
        tokens.push(lock.fencingToken);
        await new Promise((resolve) => setImmediate(resolve));
        inside--;
        await run('mutation ($token: BigInt!) { releaseLock(name: "door", fencingToken: $token) }', ctx, {
          token: lock.fencingToken,
        });
      }),
    );
    expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
    expect(new Set(tokens).size).toBe(6);
  });

  it('an agent that waits gets the task that another gives up', async () => {
    const ctx = testContext();
    const [a, b] = (await newAgents(ctx, 2)) as [string, string];
    const id = await submit(ctx);
    const lease = await claim(ctx, a);
    const waiting = run(
      'mutation ($id: ID!) { claimTask(input: { agentId: $id, waitMs: 30000 }) { task { id } } }',
      ctx,
      { id: b },
    );
    await end(ctx, lease, false);
    expect((await waiting).task.id).toBe(id);
  });
}

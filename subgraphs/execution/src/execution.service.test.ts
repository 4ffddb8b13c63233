import { randomBytes } from 'node:crypto';
import type { RequestContext } from '@agentos/kernel';
import type { Platform } from '@agentos/platform';
import { createTestPlatform, describeWithService, requireService, testContext } from '@agentos/platform/testing';
import type { SubgraphModule } from '@agentos/subgraph-kit';
import { type ExecutionResult, graphql, parse, subscribe } from 'graphql';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { QuickJsSandbox } from './adapters/quickjs-sandbox.js';
import { createExecutionModule, executionPersistence } from './index.js';

/** Two processes of full mode, as far as they can be two in one: they share PostgreSQL and Redis and nothing else. */
describeWithService('postgres', 'executions of several processes', (url) => {
  const redis = requireService('redis', 'executions of several processes');
  if (!redis) {
    it.skip('not tested: no redis', () => {});
    return;
  }
  const name = `agentos_test_${randomBytes(6).toString('hex')}`;
  const parts: { platform: Platform; module: SubgraphModule }[] = [];
  const server = new DataSource({ type: 'postgres', url });

  beforeAll(async () => {
    await server.initialize();
    await server.query(`create database ${name}`);
    const own = new URL(url);
    own.pathname = `/${name}`;
    for (let n = 0; n < 2; n++) {
      const platform = await createTestPlatform([executionPersistence], { DATABASE_URL: own.href, REDIS_URL: redis });
      const module = await createExecutionModule(platform, { sandboxes: [new QuickJsSandbox()] });
      await module.start();
      parts.push({ platform, module });
    }
  });
  afterAll(async () => {
    for (const { platform, module } of parts) {
      await module.stop(AbortSignal.abort());
      await platform[Symbol.asyncDispose]();
    }
    await server.query(`drop database ${name} with (force)`);
    await server.destroy();
  });

  const part = (index: number) => parts[index] as (typeof parts)[number];
  async function run(index: number, source: string, request: RequestContext, variableValues: Record<string, unknown>) {
    const { module } = part(index);
    const contextValue = { request, loaders: module.loaders(request) };
    const result = await graphql({ schema: module.schema, source, variableValues, contextValue });
    expect(result.errors).toBeUndefined();
    // biome-ignore lint/suspicious/noExplicitAny: the shape is that of each test's own query
    return result.data as any;
  }
  async function listen(index: number, request: RequestContext, id: string) {
    const { module } = part(index);
    const document = parse(`subscription ($id: ID!) { executionEvents(executionId: $id) { offset
      ... on ExecutionOutput { text } ... on ExecutionStatusChanged { status } } }`);
    const contextValue = { request, loaders: module.loaders(request) };
    const stream = (await subscribe({
      schema: module.schema,
      document,
      variableValues: { id },
      contextValue,
    })) as AsyncIterable<ExecutionResult>;
    const events: { offset: number; text?: string; status?: string }[] = [];
    for await (const { data } of stream) events.push((data as { executionEvents: { offset: number } }).executionEvents);
    return events;
  }
  const execute = 'mutation ($input: ExecuteInput!) { execute(input: $input) { id status stdout } }';
  const show = 'query ($id: ID!) { execution(id: $id) { status stdout failure { code } } }';

  it('are followed and cancelled from the one that does not run them', async () => {
    const ctx = testContext();
    const input = { runtime: 'NODEJS', code: 'console.log("here"); setInterval(() => {}, 1000)', stdin: '' };
    const { id } = (await run(0, execute, ctx, { input })).execute;
    const following = listen(1, ctx, id);
    const { cancelExecution } = await run(1, 'mutation ($id: ID!) { cancelExecution(id: $id) { id } }', ctx, { id });
    expect(cancelExecution.id).toBe(id);
    const events = await following;
    expect(events.map((event) => event.offset)).toEqual(events.map((_, offset) => offset));
    expect(events.at(-1)?.status).toBe('CANCELLED');
    expect((await run(1, show, ctx, { id })).execution).toMatchObject({
      status: 'CANCELLED',
      failure: { code: 'CANCELLED' },
    });
  });

  it('show their output to every process, short and long', async () => {
    const ctx = testContext();
    const input = { runtime: 'NODEJS', code: 'console.log("x".repeat(300000))', stdin: '', waitMs: 20_000 };
    const { id, stdout } = (await run(0, execute, ctx, { input })).execute;
    expect(stdout).toHaveLength(300_001);
    expect((await run(1, show, ctx, { id })).execution).toMatchObject({ status: 'SUCCEEDED', stdout });
  });

  it('end as SANDBOX_LOST when the one that ran them is gone', async () => {
    const ctx = testContext();
    const input = { runtime: 'NODEJS', code: 'console.log(1)', stdin: '', waitMs: 20_000 };
    const { id } = (await run(0, execute, ctx, { input })).execute;
    // As a process leaves it that died long ago.
    await part(0).platform.db.transaction(ctx, (manager) =>
      manager.query(
        `update execution set status = 'RUNNING', finished_at = null, lease_until = now() - interval '1 minute' where id = $1`,
        [id],
      ),
    );
    await expect
      .poll(async () => (await run(1, show, ctx, { id })).execution, { timeout: 30_000, interval: 500 })
      .toMatchObject({ status: 'FAILED', failure: { code: 'SANDBOX_LOST' }, stdout: '1\n' });
  });
});

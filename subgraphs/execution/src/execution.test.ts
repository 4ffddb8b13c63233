import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId, type RequestContext } from '@agentos/kernel';
import { createPlatform, type Platform, readConfig } from '@agentos/platform';
import { createTestPlatform, testContext } from '@agentos/platform/testing';
import { perEventContext, type SubgraphModule, unguarded } from '@agentos/subgraph-kit';
import { type ExecutionResult, graphql, parse, subscribe } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createExecutionModule, executionPersistence } from './index.js';

let platform: Platform;
let execution: SubgraphModule;
const never = new AbortController().signal;

beforeAll(async () => {
  platform = await createTestPlatform([executionPersistence]);
  execution = await createExecutionModule(platform);
  await execution.start();
});
afterAll(async () => {
  await execution.stop(never);
  await platform[Symbol.asyncDispose]();
});

async function run(
  source: string,
  request: RequestContext,
  variableValues: Record<string, unknown> = {},
  on = execution,
) {
  const contextValue = { request, loaders: on.loaders(request) };
  const result = await graphql({ schema: on.schema, source, variableValues, contextValue });
  // biome-ignore lint/suspicious/noExplicitAny: the shape is that of each test's own query
  return { data: result.data as any, errors: result.errors ?? [] };
}

const FIELDS = `id status failure { code message } exitCode signal stdout stderr truncated isolation cached
  usage { wallMs cpuMs peakMemoryBytes outputBytes } timing { queuedMs preparedMs ranMs } startedAt finishedAt`;
const EXECUTE = `mutation ($input: ExecuteInput!) { execute(input: $input) { ${FIELDS} } }`;
const js = (code: string, more: Record<string, unknown> = {}) => ({
  input: { runtime: 'NODEJS', code, stdin: '', waitMs: 30_000, ...more },
});

interface SeenEvent {
  __typename: string;
  offset: number;
  text?: string;
  status?: string;
  executionId: string;
}

/** A subscription's events until it ends, or until `stop` says that the client has had enough. */
async function listen(
  source: string,
  request: RequestContext,
  variableValues: Record<string, unknown>,
  stop: (events: SeenEvent[]) => boolean = () => false,
  on = execution,
): Promise<SeenEvent[]> {
  const stream = await subscribe({
    schema: on.schema,
    document: parse(source),
    variableValues,
    contextValue: perEventContext(on, request),
  });
  if (!(Symbol.asyncIterator in stream)) throw stream.errors?.[0] ?? new Error('no stream');
  const events: SeenEvent[] = [];
  for await (const result of stream as AsyncGenerator<ExecutionResult>) {
    if (result.errors) throw result.errors[0];
    events.push(Object.values(result.data as Record<string, SeenEvent>)[0] as SeenEvent);
    if (stop(events)) break;
  }
  return events;
}

const EVENT = `__typename offset executionId at ... on ExecutionOutput { stream text base64 }
  ... on ExecutionStatusChanged { status execution { id status } } ... on ExecutionUsageSampled { usage { cpuMs } }`;
const STREAM = `subscription ($input: ExecuteInput!) { executeStream(input: $input) { ${EVENT} } }`;
const EVENTS = `subscription ($id: ID!, $after: Int) { executionEvents(executionId: $id, after: $after) { ${EVENT} } }`;
const textOf = (events: SeenEvent[]) => events.map((event) => event.text ?? '').join('');
const LINES = 'for (let i = 0; i < 100000; i++) console.log(i)';
const ALL_LINES = `${Array.from({ length: 100_000 }, (_, line) => line).join('\n')}\n`;

describe('executions', () => {
  it('runs a program and answers with its whole result', async () => {
    const { data, errors } = await run(EXECUTE, testContext(), js('console.log("hello"); console.error("beside")'));
    expect(errors).toEqual([]);
    expect(data.execute).toMatchObject({
      status: 'SUCCEEDED',
      failure: null,
      exitCode: 0,
      stdout: 'hello\n',
      stderr: 'beside\n',
    });
    expect(data.execute.usage.outputBytes).toBe(13);
    expect(data.execute.timing.ranMs).toBeGreaterThan(0);
  });

  it('answers at once without waitMs, and shows the result later', async () => {
    const ctx = testContext();
    const { data } = await run(EXECUTE, ctx, js('console.log(1)', { waitMs: 0 }));
    expect(['QUEUED', 'PREPARING', 'RUNNING']).toContain(data.execute.status);
    const { id } = data.execute;
    await listen(EVENTS, ctx, { id });
    const later = await run(`query ($id: ID!) { execution(id: $id) { ${FIELDS} } }`, ctx, { id });
    expect(later.data.execution).toMatchObject({ status: 'SUCCEEDED', stdout: '1\n' });
  });

  it('streams a run from its start to its end, with offsets from 0 on', async () => {
    const events = await listen(STREAM, testContext(), js('console.log("a")'));
    expect(events.map((event) => event.offset)).toEqual(events.map((_, index) => index));
    expect(events.map((event) => event.status ?? event.__typename)).toEqual([
      'QUEUED',
      'PREPARING',
      'RUNNING',
      'ExecutionOutput',
      'SUCCEEDED',
    ]);
    expect(textOf(events)).toBe('a\n');
  });

  it('gives each of 100,000 lines exactly once to a client that is cut off and resumes', async () => {
    const ctx = testContext();
    const first = await listen(STREAM, ctx, js(LINES), (seen) => textOf(seen).length > 5_000);
    const id = first[0]?.executionId;
    const second = await listen(EVENTS, ctx, { id, after: first.at(-1)?.offset }, (seen) => seen.length > 1);
    const third = await listen(EVENTS, ctx, { id, after: second.at(-1)?.offset });
    const events = [...first, ...second, ...third];
    expect(events.map((event) => event.offset)).toEqual(events.map((_, index) => index));
    expect(textOf(events)).toBe(ALL_LINES);
    expect(events.at(-1)?.status).toBe('SUCCEEDED');
  });

  it('gives them also after the program has ended, and to who asks from any offset', async () => {
    const ctx = testContext();
    const { data } = await run(EXECUTE, ctx, js(LINES));
    expect(data.execute.stdout).toBe(ALL_LINES);
    const whole = await listen(EVENTS, ctx, { id: data.execute.id });
    expect(textOf(whole)).toBe(ALL_LINES);
    const part = await listen(EVENTS, ctx, { id: data.execute.id, after: 4 });
    expect(part).toEqual(whole.slice(5));
    expect(await listen(EVENTS, ctx, { id: data.execute.id, after: whole.at(-1)?.offset })).toEqual([]);
  });

  it.each([
    ['an endless loop', 'while (true) {}', { wallMs: 500 }, 'TIMED_OUT', 'WALL_TIMEOUT'],
    ['CPU time', 'while (true) {}', { cpuMs: 400 }, 'TIMED_OUT', 'CPU_TIMEOUT'],
    [
      'a memory bomb',
      'const a = []; while (true) a.push(new Array(1e5).fill(0.5))',
      { memoryBytes: 100_000_000 },
      'FAILED',
      'OUT_OF_MEMORY',
    ],
    ['an output flood', 'while (true) console.log("x".repeat(999))', { outputBytes: 50_000 }, 'FAILED', 'OUTPUT_LIMIT'],
    ['a non-zero exit', 'process.exit(7)', {}, 'FAILED', 'NON_ZERO_EXIT'],
  ])('ends %s with the right word, and the next program runs', async (_title, code, limits, status, failure) => {
    const ctx = testContext();
    const { data } = await run(EXECUTE, ctx, js(code, { limits }));
    expect(data.execute).toMatchObject({ status, failure: { code: failure } });
    expect((await run(EXECUTE, ctx, js('console.log("next")'))).data.execute.stdout).toBe('next\n');
  });

  it('is cancelled while it runs and while it waits', async () => {
    const ctx = testContext();
    const cancel = 'mutation ($id: ID!) { cancelExecution(id: $id) { id status failure { code } } }';
    const forever = js('setInterval(() => {}, 1000)', { waitMs: 0 });
    const ids: string[] = [];
    for (let n = 0; n < 10; n++) ids.push((await run(EXECUTE, ctx, forever)).data.execute.id);
    for (const id of ids) {
      const { data, errors } = await run(cancel, ctx, { id });
      expect(errors).toEqual([]);
      expect(data.cancelExecution).toMatchObject({ id, status: 'CANCELLED', failure: { code: 'CANCELLED' } });
    }
    const again = await run(cancel, ctx, { id: ids[0] });
    expect(again.data.cancelExecution.status).toBe('CANCELLED');
  });

  it('takes input while it runs', async () => {
    const ctx = testContext();
    const code =
      'process.stdin.on("data", (d) => process.stdout.write("got " + d)).on("end", () => console.log("end"))';
    const { data } = await run(EXECUTE, ctx, js(code, { stdin: null, waitMs: 0 }));
    const { id } = data.execute;
    await listen(EVENTS, ctx, { id }, (events) => events.at(-1)?.status === 'RUNNING');
    const send =
      'mutation ($id: ID!, $text: String!, $end: Boolean) { sendInput(executionId: $id, text: $text, end: $end) }';
    expect((await run(send, ctx, { id, text: 'one\n' })).errors).toEqual([]);
    await listen(EVENTS, ctx, { id }, (events) => textOf(events).includes('one'));
    expect((await run(send, ctx, { id, text: '', end: true })).data.sendInput).toBe(true);
    expect(textOf(await listen(EVENTS, ctx, { id }))).toBe('got one\nend\n');
    expect((await run(send, ctx, { id, text: 'late' })).errors[0]?.extensions['code']).toBe('CONFLICT');
  });

  it('refuses an isolation stronger than there is, rather than weakening it', async () => {
    const { data, errors } = await run(EXECUTE, testContext(), js('console.log(1)', { isolation: 'MICROVM' }));
    expect(errors).toEqual([]);
    expect(data.execute).toMatchObject({ status: 'REJECTED', failure: { code: 'RUNTIME_UNAVAILABLE' }, stdout: '' });
    expect(data.execute.failure.message).toContain('MICROVM');
  });

  it('says of every runtime what holds it or what to install', async () => {
    const { data } = await run(
      '{ runtimes { id version isolation available unavailableBecause warmSandboxes } }',
      testContext(),
    );
    expect(data.runtimes.map((runtime: { id: string }) => runtime.id)).toEqual([
      'NODEJS',
      'TYPESCRIPT',
      'PYTHON',
      'GO',
      'RUST',
      'JAVA',
      'CSHARP',
      'BASH',
    ]);
    for (const { available, version, unavailableBecause } of data.runtimes) {
      if (available) expect([version, unavailableBecause]).toEqual([expect.stringMatching(/^\d/), null]);
      else expect(unavailableBecause).not.toBe('');
    }
    const go = await run(EXECUTE, testContext(), { input: { runtime: 'GO', code: 'package main', waitMs: 1_000 } });
    expect(go.data.execute).toMatchObject({ status: 'REJECTED', failure: { code: 'RUNTIME_UNAVAILABLE' } });
  });

  it('lists, filters and pages', async () => {
    const ctx = testContext();
    const agentId = newId('agent');
    for (const code of ['console.log(1)', 'process.exit(1)', 'console.log(2)'])
      await run(EXECUTE, ctx, js(code, { agentId }));
    const list = `query ($filter: ExecutionFilter, $first: Int, $after: String) {
      executions(filter: $filter, first: $first, after: $after) { totalCount nodes { id status agent { id } } pageInfo { hasNextPage endCursor } } }`;
    const all = await run(list, ctx, { filter: { agentId } });
    expect(all.data.executions.nodes.map((node: { status: string }) => node.status)).toEqual([
      'SUCCEEDED',
      'FAILED',
      'SUCCEEDED',
    ]);
    expect(all.data.executions.nodes[0].agent).toEqual({ id: agentId });
    const failed = await run(list, ctx, { filter: { status: ['FAILED'] } });
    expect(failed.data.executions.totalCount).toBe(1);
    const page = await run(list, ctx, { first: 2 });
    const rest = await run(list, ctx, { first: 2, after: page.data.executions.pageInfo.endCursor });
    expect([...page.data.executions.nodes, ...rest.data.executions.nodes]).toEqual(all.data.executions.nodes);
    const ofAgent = await run(
      'query ($id: ID!) { _entities(representations: [{ __typename: "Agent", id: $id }]) { ... on Agent { executions(first: 1) { totalCount } } } }',
      ctx,
      { id: agentId },
    );
    expect(ofAgent.data._entities).toEqual([{ executions: { totalCount: 3 } }]);
  });

  it('shows and changes nothing of another tenant', async () => {
    const ctx = testContext();
    const { id } = (await run(EXECUTE, ctx, js('console.log("secret")'))).data.execute;
    const other = testContext();
    expect(
      (await run('query ($id: ID!) { execution(id: $id) { id } executions { totalCount } }', other, { id })).data,
    ).toEqual({
      execution: null,
      executions: { totalCount: 0 },
    });
    await expect(listen(EVENTS, other, { id })).rejects.toMatchObject({ extensions: { code: 'NOT_FOUND' } });
    for (const mutation of ['cancelExecution(id: $id) { id }', 'sendInput(executionId: $id, text: "x")']) {
      const { errors } = await run(`mutation ($id: ID!) { ${mutation} }`, other, { id });
      expect(errors[0]?.extensions['code']).toBe('NOT_FOUND');
    }
  });

  it('leaves an audit line, by mutation and by stream', async () => {
    const ctx = testContext();
    await run(EXECUTE, ctx, js('console.log(1)'));
    const events = await listen(STREAM, ctx, js('console.log(2)'));
    const lines = await platform.db.read(ctx, (manager) =>
      manager.query('select action, outcome from audit_log where tenant_id = $1 order by seq', [ctx.tenantId]),
    );
    expect(lines).toEqual([
      { action: 'execute', outcome: 'SUCCEEDED' },
      { action: 'executeStream', outcome: 'SUCCEEDED' },
    ]);
    const again = { ...ctx, idempotency: { key: 's', fingerprint: 'f' } };
    const first = await listen(STREAM, again, js('console.log(Math.random())'));
    const repeated = await listen(STREAM, again, js('console.log(Math.random())'));
    expect([repeated[0]?.executionId, textOf(repeated)]).toEqual([first[0]?.executionId, textOf(first)]);
    expect(first[0]?.executionId).not.toBe(events[0]?.executionId);
  });

  it('does nothing twice for one idempotency key', async () => {
    const ctx = { ...testContext(), idempotency: { key: 'k', fingerprint: 'f' } };
    const first = await run(EXECUTE, ctx, js('console.log(Math.random())'));
    const second = await run(EXECUTE, ctx, js('console.log(Math.random())'));
    expect(second.data.execute).toEqual(first.data.execute);
  });

  it.each([
    ['input.limits.wallMs', { limits: { wallMs: -1 } }],
    ['input.limits.wallMs', { limits: { wallMs: 0 } }],
    ['input.limits.memoryBytes', { limits: { memoryBytes: '9223372036854775807' } }],
    ['input.limits.cpus', { limits: { cpus: 1e300 } }],
    ['input.waitMs', { waitMs: -5 }],
    ['input.args.1', { args: ['ok', 'a\0b'] }],
    ['input.env.0.name', { env: [{ name: 'A=B', value: '' }] }],
    ['input.files.0.path', { files: [{ path: '../escape', text: '' }] }],
    ['input.files.0.path', { files: [{ path: '/etc/passwd', text: '' }] }],
    ['input.files.0', { files: [{ path: 'a' }] }],
    ['input.entrypoint', { entrypoint: 'a/../../b' }],
    ['input.agentId', { agentId: 'nobody' }],
    ['input.code', { code: 'x'.repeat(5_000_000) }],
    ['input.code', { code: '"\ud800"' }],
    ['input.stdin', { stdin: '\udfff' }],
  ])('refuses a wrong %s by name', async (field, wrong) => {
    const { errors } = await run(EXECUTE, testContext(), js('1', wrong));
    expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field });
  });

  it('declares the permission of every root field and entity', () => {
    expect(unguarded(execution.schema, ['Execution', 'Environment', 'Verification', 'Agent', 'Project'])).toEqual([]);
  });

  it('says clearly what it does not serve yet', async () => {
    const made = await run('mutation { createEnvironment(input: { runtime: PYTHON }) { id } }', testContext());
    expect(made.errors[0]?.extensions).toMatchObject({ code: 'UNAVAILABLE', retryable: false });
    const id = newId('env');
    const asked = await run('query ($id: ID!) { environments { id } environment(id: $id) { id } }', testContext(), {
      id,
    });
    expect(asked.data).toEqual({ environments: [], environment: null });
    await expect(
      listen('subscription ($id: ID!) { resourceUsage(environmentId: $id) { cpuMs } }', testContext(), { id }),
    ).rejects.toMatchObject({
      extensions: { code: 'NOT_FOUND' },
    });
  });
});

describe('executions over a restart', () => {
  it('keep their output by offset, and what was unfinished is SANDBOX_LOST', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'agentos-restart-'));
    const config = readConfig({ AGENTOS_DATA_DIR: folder, LOG_LEVEL: 'silent' });
    const ctx = testContext();
    const open = async () => {
      const parts = await createPlatform(config, [executionPersistence]);
      const module = await createExecutionModule(parts);
      await module.start();
      return { parts, module };
    };
    const first = await open();
    const done = (await run(EXECUTE, ctx, js('console.log("kept".repeat(30000))'), first.module)).data.execute;
    const lost = (
      await run(EXECUTE, ctx, js('console.log("half"); setInterval(() => {}, 1000)', { waitMs: 0 }), first.module)
    ).data.execute;
    await listen(EVENTS, ctx, { id: lost.id }, (events) => textOf(events) === 'half\n', first.module);
    // As a killed process leaves it: the row as it was while it ran, no last event.
    await first.module.stop(AbortSignal.abort());
    await first.parts.db.transaction(ctx, (manager) =>
      manager.query(
        `update execution set status = 'RUNNING', failure = null, finished_at = null, stdout = null, stderr = null where id = $1`,
        [lost.id],
      ),
    );
    await first.parts[Symbol.asyncDispose]();
    const second = await open();
    const show = `query ($id: ID!) { execution(id: $id) { ${FIELDS} } }`;
    expect((await run(show, ctx, { id: done.id }, second.module)).data.execution).toEqual(done);
    expect(textOf(await listen(EVENTS, ctx, { id: done.id }, () => false, second.module))).toBe(done.stdout);
    const after = (await run(show, ctx, { id: lost.id }, second.module)).data.execution;
    expect(after).toMatchObject({ status: 'FAILED', failure: { code: 'SANDBOX_LOST' }, stdout: 'half\n' });
    expect((await listen(EVENTS, ctx, { id: lost.id }, () => false, second.module)).at(-1)?.status).toBe('FAILED');
    await second.module.stop(never);
    await second.parts[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
});

import { newId, type RequestContext } from '@agentos/kernel';
import type { Platform } from '@agentos/platform';
import { createTestPlatform, testContext } from '@agentos/platform/testing';
import { type SubgraphModule, unguarded } from '@agentos/subgraph-kit';
import { graphql } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLearningModule, learningPersistence } from './index.js';

// biome-ignore lint/suspicious/noExplicitAny: the shape is that of each test's own query
type Answer = any;

let platform: Platform;
let learning: SubgraphModule;

beforeAll(async () => {
  platform = await createTestPlatform([learningPersistence]);
  learning = createLearningModule(platform);
});
afterAll(() => platform[Symbol.asyncDispose]());

async function run(source: string, request: RequestContext, variableValues: Record<string, unknown> = {}) {
  const contextValue = { request, loaders: learning.loaders(request) };
  const result = await graphql({ schema: learning.schema, source, variableValues, contextValue });
  return { data: result.data as Answer, errors: result.errors ?? [], code: result.errors?.[0]?.extensions['code'] };
}

const fields =
  'id name source rowCount project { id } columns { name type missing distinct mean min max topValues } preview(first: 2)';
const createMutation = `mutation ($input: DatasetInput!) { createDataset(input: $input) { ${fields} } }`;
const appendMutation = `mutation ($id: ID!, $rows: [JSON!]!) { appendRows(datasetId: $id, rows: $rows) { ${fields} } }`;
const create = (ctx: RequestContext, input: Record<string, unknown>) =>
  run(createMutation, ctx, { input: { name: 'd', ...input } });

describe('a dataset', () => {
  it('is made of a CSV, found again, and grows', async () => {
    const ctx = testContext();
    const projectId = newId('proj');
    const created = await create(ctx, { csv: 'n,c\n1,a\n3,b\n', projectId });
    expect(created.errors).toEqual([]);
    expect(created.data.createDataset).toMatchObject({
      source: 'UPLOAD',
      rowCount: 2,
      project: { id: projectId },
      columns: [
        { name: 'n', type: 'NUMBER', mean: 2, min: 1, max: 3, missing: 0, distinct: 2 },
        { name: 'c', type: 'CATEGORY', mean: null, topValues: ['a', 'b'] },
      ],
      preview: [
        { n: 1, c: 'a' },
        { n: 3, c: 'b' },
      ],
    });
    const { id } = created.data.createDataset;
    const appended = await run(appendMutation, ctx, {
      id,
      rows: [
        { z: true, n: 8 },
        { c: 'a', n: null },
      ],
    });
    expect(appended.data.appendRows).toMatchObject({
      rowCount: 4,
      columns: [
        { name: 'n', type: 'NUMBER', mean: 4, max: 8, missing: 1 },
        { name: 'c', missing: 1, topValues: ['a', 'b'] },
        { name: 'z', type: 'BOOLEAN', missing: 3 },
      ],
    });
    const found = await run(`query ($id: ID!) { dataset(id: $id) { ${fields} } }`, ctx, { id });
    expect(found.data.dataset).toEqual(appended.data.appendRows);
    const last = await run('query ($id: ID!) { dataset(id: $id) { preview(first: 4) } }', ctx, { id });
    expect(Object.keys(last.data.dataset.preview[2])).toEqual(['z', 'n']);
  });

  it('takes rows that come at once, each of them once', async () => {
    const ctx = testContext();
    const { id } = (await create(ctx, { rows: [] })).data.createDataset;
    await Promise.all(Array.from({ length: 5 }, (_, n) => run(appendMutation, ctx, { id, rows: [{ n }, { n }] })));
    const { data } = await run(
      'query ($id: ID!) { dataset(id: $id) { rowCount columns { distinct } preview(first: 100) } }',
      ctx,
      { id },
    );
    expect(data.dataset).toMatchObject({ rowCount: 10, columns: [{ distinct: 5 }] });
    expect(data.dataset.preview).toHaveLength(10);
  });

  it('is neither seen nor changed by another tenant', async () => {
    const { id } = (await create(testContext(), { rows: [{ a: 1 }] })).data.createDataset;
    const other = testContext();
    expect((await run('query ($id: ID!) { dataset(id: $id) { id } }', other, { id })).data.dataset).toBeNull();
    expect((await run(appendMutation, other, { id, rows: [{ a: 1 }] })).code).toBe('NOT_FOUND');
  });

  it.each([
    ['neither csv nor rows', {}, 'input'],
    ['both', { csv: 'a\n1', rows: [] }, 'input'],
    ['an empty name', { name: '', rows: [] }, 'input.name'],
    ['a row that is no object', { rows: [[1]] }, 'input.rows'],
    ['a value that is no plain one', { rows: [{ a: { b: 1 } }] }, 'input.rows'],
    ['a NUL character', { rows: [{ a: '\0' }] }, 'input.rows'],
    ['a column without a name', { rows: [{ '': 1 }] }, 'input.rows'],
    ['a project that is no id', { rows: [], projectId: 'x' }, 'input.projectId'],
    ['a time range', { rows: [], from: '2026-01-01T00:00:00Z' }, 'input'],
  ])('with %s is refused', async (_title, input, field) => {
    expect((await create(testContext(), input)).errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field });
  });
});

describe('performance points', () => {
  const track = 'mutation ($points: [MetricPointInput!]!) { trackPerformance(points: $points) }';

  it('are taken and kept for their tenant', async () => {
    const ctx = testContext();
    const points = [
      { subject: 'agent', metric: 'latency', value: 1.5, tags: { model: 'm' } },
      { subject: 'agent', metric: 'latency', value: 2, at: '2026-01-01T00:00:00Z' },
    ];
    expect((await run(track, ctx, { points })).data.trackPerformance).toBe(2);
    const rows = await platform.db.read(ctx, (manager) =>
      manager.query('select value, tags from metric_point order by value'),
    );
    expect(rows).toEqual([
      { value: 1.5, tags: { model: 'm' } },
      { value: 2, tags: null },
    ]);
    expect(await platform.db.read(testContext(), (manager) => manager.query('select 1 from metric_point'))).toEqual([]);
  });

  it.each([
    ['an empty subject', { subject: '', metric: 'm', value: 1 }, 'points.subject'],
    ['tags that are no object', { subject: 's', metric: 'm', value: 1, tags: [1] }, 'points.tags'],
  ])('with %s are refused', async (_title, point, field) => {
    expect((await run(track, testContext(), { points: [point] })).errors[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      field,
    });
  });
});

it('there are no patterns, models, jobs, experiments and studies yet', async () => {
  const { data, errors } = await run(
    `query ($model: ID!, $job: ID!, $exp: ID!, $study: ID!) {
      patterns { id } models { id } model(id: $model) { id } trainingJob(id: $job) { id } experiment(id: $exp) { id } study(id: $study) { id }
    }`,
    testContext(),
    { model: newId('model'), job: newId('job'), exp: newId('exp'), study: newId('study') },
  );
  expect(errors).toEqual([]);
  expect(data).toEqual({ patterns: [], models: [], model: null, trainingJob: null, experiment: null, study: null });
});

it.each([
  'query { analyzePerformance(subject: "s", metric: "m", range: { from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z" }) { count } }',
  'mutation { identifyPatterns(input: { kinds: [SEQUENCE] }) { id } }',
  'mutation { startExperiment(input: { name: "e", metric: "m", variants: [] }) { id } }',
  'mutation { createStudy(input: { name: "s", direction: MINIMIZE, space: {} }) { id } }',
  'mutation { extractKnowledge(input: { messages: [] }) { skipped } }',
  'mutation { createDataset(input: { name: "d", source: EXECUTIONS }) { id } }',
])('%s says that it is not served', async (source) => {
  expect((await run(source, testContext())).errors[0]?.extensions).toMatchObject({
    code: 'UNAVAILABLE',
    retryable: false,
  });
});

it('every root field and entity declares its permission', () => {
  const entities = ['Dataset', 'Pattern', 'Model', 'TrainingJob', 'Experiment', 'Study', 'Project'];
  expect(unguarded(learning.schema, entities)).toEqual([]);
});

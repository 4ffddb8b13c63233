import { newId } from '@agentos/kernel';
import type { Platform } from '@agentos/platform';
import { createTestPlatform, testContext } from '@agentos/platform/testing';
import { type SubgraphModule, unguarded } from '@agentos/subgraph-kit';
import { graphql } from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPluginsModule, pluginsPersistence } from './index.js';

let platform: Platform;
let plugins: SubgraphModule;

beforeAll(async () => {
  platform = await createTestPlatform([pluginsPersistence]);
  plugins = createPluginsModule(platform);
});
afterAll(() => platform[Symbol.asyncDispose]());

async function run(source: string, variableValues: Record<string, unknown> = {}, request = testContext()) {
  const contextValue = { request, loaders: plugins.loaders(request) };
  const { data, errors = [] } = await graphql({ schema: plugins.schema, source, variableValues, contextValue });
  return { data, errors };
}

it('there are no plugins, and nothing to call them on', async () => {
  const { data, errors } = await run(
    'query ($id: ID!) { plugin(id: $id) { id } plugins { id } pluginHooks { name } }',
    {
      id: newId('plugin'),
    },
  );
  expect(errors).toEqual([]);
  expect(data).toEqual({ plugin: null, plugins: [], pluginHooks: [] });
});

it.each([
  'mutation ($id: ID!) { enablePlugin(id: $id) { id } }',
  'mutation ($id: ID!) { uninstallPlugin(id: $id) }',
  'mutation ($id: ID!) { invokePlugin(id: $id, input: {}) }',
  'mutation { installPlugin(input: { manifest: {} }) { id } }',
])('%s is refused with a message that says why', async (source) => {
  const { errors } = await run(source, { id: newId('plugin') });
  expect(errors[0]?.extensions).toMatchObject({ code: 'UNAVAILABLE', retryable: false });
  expect(errors[0]?.message).toContain('plugins');
});

it('bad input and missing permissions are refused before that', async () => {
  expect((await run('{ plugin(id: "x") { id } }')).errors[0]?.extensions).toMatchObject({
    code: 'BAD_USER_INPUT',
    field: 'id',
  });
  expect((await run('{ plugins(first: -1) { id } }')).errors[0]?.extensions).toMatchObject({
    code: 'BAD_USER_INPUT',
    field: 'first',
  });
  const reader = testContext({ permissions: new Set(['plugins:read']) });
  const refused = await run('mutation { installPlugin(input: { manifest: {} }) { id } }', {}, reader);
  expect(refused.errors[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' });
});

it('every root field and entity declares its permission', () => {
  expect(unguarded(plugins.schema, ['Plugin'])).toEqual([]);
});

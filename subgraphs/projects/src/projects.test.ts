import { newId, type RequestContext } from '@agentos/kernel';
import type { Platform } from '@agentos/platform';
import { createTestPlatform, testContext } from '@agentos/platform/testing';
import { type SubgraphModule, unguarded } from '@agentos/subgraph-kit';
import { graphql } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProjectsModule, projectsPersistence } from './index.js';

let platform: Platform;
let projects: SubgraphModule;

beforeAll(async () => {
  platform = await createTestPlatform([projectsPersistence]);
  projects = createProjectsModule(platform);
  await projects.start();
});
afterAll(async () => {
  await projects.stop(AbortSignal.abort());
  await platform[Symbol.asyncDispose]();
});

async function run(source: string, request: RequestContext, variableValues: Record<string, unknown> = {}) {
  const result = await graphql({
    schema: projects.schema,
    source,
    variableValues,
    contextValue: { request, loaders: projects.loaders(request) },
  });
  // biome-ignore lint/suspicious/noExplicitAny: the shape is that of each test's own query
  return { data: result.data as any, errors: result.errors ?? [] };
}

const project =
  'id name description source { kind location revision } languages { language files lines share } createdAt updatedAt analysis { id } health { score }';
const registerMutation = `mutation ($input: RegisterProjectInput!) { registerProject(input: $input) { ${project} } }`;
const updateMutation = `mutation ($id: ID!, $files: [ProjectFileInput!]!, $removed: [String!]) {
  updateProjectFiles(projectId: $id, files: $files, removed: $removed) { languages { language files lines share } }
}`;
const register = (ctx: RequestContext, input: Record<string, unknown>) => run(registerMutation, ctx, { input });
const inline = (...files: [path: string, text: string][]) => files.map(([path, text]) => ({ path, text }));

/** The keys of the tenant's blobs, once what runs in the background has run. */
async function blobsOf(ctx: RequestContext): Promise<string[]> {
  const released = () => platform.db.read(ctx, (manager) => manager.query('select 1 from project_pack where released'));
  await expect.poll(async () => (await released()).length).toBe(0);
  const keys: string[] = [];
  for await (const { key } of platform.blobs.list(`${ctx.tenantId}/`)) keys.push(key);
  return keys;
}

describe('a project of inline files', () => {
  it('is registered, found, listed and removed with its files', async () => {
    const ctx = testContext();
    const registered = await register(ctx, {
      name: 'shop',
      description: 'sells',
      files: inline(
        ['src/a.py', 'a = 1\nb = 2\n'],
        ['src/b.ts', 'let a = 1;\nlet b;'],
        ['notes', 'x'],
        ['c.py', '1\n2\n3\n4\n5\n6\n'],
      ),
    });
    expect(registered.errors).toEqual([]);
    expect(registered.data.registerProject).toMatchObject({
      name: 'shop',
      description: 'sells',
      source: { kind: 'INLINE', location: 'inline', revision: null },
      languages: [
        { language: 'Python', files: 2, lines: 8, share: 0.8 },
        { language: 'TypeScript', files: 1, lines: 2, share: 0.2 },
      ],
      analysis: null,
      health: null,
    });
    const { id } = registered.data.registerProject;
    expect((await run(`query ($id: ID!) { project(id: $id) { ${project} } }`, ctx, { id })).data.project).toEqual(
      registered.data.registerProject,
    );
    expect(await blobsOf(ctx)).toHaveLength(1);

    expect((await run('mutation ($id: ID!) { removeProject(id: $id) }', ctx, { id })).data.removeProject).toBe(true);
    expect((await run('mutation ($id: ID!) { removeProject(id: $id) }', ctx, { id })).data.removeProject).toBe(false);
    expect((await run('query ($id: ID!) { project(id: $id) { id } }', ctx, { id })).data.project).toBeNull();
    expect(await blobsOf(ctx)).toEqual([]);
  });

  it('is listed in pages, the newest first', async () => {
    const ctx = testContext();
    const ids: string[] = [];
    for (const name of ['one', 'two', 'three'])
      ids.unshift((await register(ctx, { name, files: [] })).data.registerProject.id);
    const page =
      'query ($after: String) { projects(first: 2, after: $after) { totalCount nodes { id } pageInfo { hasNextPage endCursor } } }';
    const first = (await run(page, ctx)).data.projects;
    expect(first).toMatchObject({
      totalCount: 3,
      nodes: [{ id: ids[0] }, { id: ids[1] }],
      pageInfo: { hasNextPage: true },
    });
    const second = (await run(page, ctx, { after: first.pageInfo.endCursor })).data.projects;
    expect(second).toMatchObject({ totalCount: 3, nodes: [{ id: ids[2] }], pageInfo: { hasNextPage: false } });
  });

  it('takes changed, new and removed files', async () => {
    const ctx = testContext();
    const { id } = (
      await register(ctx, { name: 'p', files: inline(['a.py', '1\n'], ['b.py', '1\n2\n'], ['c.go', '1\n']) })
    ).data.registerProject;
    const updated = await run(updateMutation, ctx, {
      id,
      files: inline(['a.py', '1\n2\n3\n'], ['d.rs', '1\n']),
      removed: ['c.go', 'not/there'],
    });
    expect(updated.errors).toEqual([]);
    expect(updated.data.updateProjectFiles.languages).toEqual([
      { language: 'Python', files: 2, lines: 5, share: 5 / 6 },
      { language: 'Rust', files: 1, lines: 1, share: 1 / 6 },
    ]);
    // b.py is still in the first pack; once nothing is, that pack goes.
    expect(await blobsOf(ctx)).toHaveLength(2);
    await run(updateMutation, ctx, { id, files: [], removed: ['b.py'] });
    expect(await blobsOf(ctx)).toHaveLength(1);
  });

  it('is registered once for one idempotency key, and the second try leaves no files behind', async () => {
    const ctx = { ...testContext(), idempotency: { key: 'k', fingerprint: 'f' } };
    const input = { name: 'once', files: inline(['a.py', '1']) };
    const first = await register(ctx, input);
    const second = await register(ctx, input);
    expect(second.data).toEqual(first.data);
    expect(await blobsOf(ctx)).toHaveLength(1);
    expect((await run('{ projects { totalCount } }', ctx)).data.projects.totalCount).toBe(1);
  });
});

describe('the files of a project', () => {
  const list = `query ($id: ID!, $folder: String, $first: Int, $after: String) { project(id: $id) {
    files(folder: $folder, first: $first, after: $after) { totalCount nodes { path lines text } pageInfo { endCursor hasNextPage } }
  } }`;
  const one =
    'query ($id: ID!, $path: String!) { project(id: $id) { file(path: $path) { path bytes sha256 language text } } }';

  it('are listed by path and folder, and read as they are now', async () => {
    const ctx = testContext();
    const files = inline(['src/b.py', 'b\n'], ['src-old/x', ''], ['src/a.py', 'ä\n'], ['z', 'z'], ['bin', 'a\u0001']);
    const { id } = (await register(ctx, { name: 'p', files })).data.registerProject;
    await run(updateMutation, ctx, { id, files: inline(['src/b.py', 'new\n']), removed: ['z'] });
    const first = (await run(list, ctx, { id, first: 2 })).data.project.files;
    expect(first).toMatchObject({ totalCount: 4, nodes: [{ path: 'bin' }, { path: 'src-old/x', lines: 0, text: '' }] });
    const rest = (await run(list, ctx, { id, first: 2, after: first.pageInfo.endCursor })).data.project.files;
    expect(rest.nodes).toEqual([
      { path: 'src/a.py', lines: 1, text: 'ä\n' },
      { path: 'src/b.py', lines: 1, text: 'new\n' },
    ]);
    expect(rest.pageInfo.hasNextPage).toBe(false);
    const below = (await run(list, ctx, { id, folder: 'src' })).data.project.files;
    expect([below.totalCount, below.nodes.map(({ path }: { path: string }) => path)]).toEqual([
      2,
      ['src/a.py', 'src/b.py'],
    ]);
    expect((await run(one, ctx, { id, path: 'src/a.py' })).data.project.file).toMatchObject({
      bytes: 3,
      language: 'Python',
      text: 'ä\n',
    });
    expect((await run(one, ctx, { id, path: 'z' })).data.project.file).toBeNull();
    expect((await run(one, ctx, { id, path: '../z' })).errors[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'path',
    });
  });
});

describe('another tenant', () => {
  it('sees and changes nothing of it', async () => {
    const ctx = testContext();
    const { id } = (await register(ctx, { name: 'secret', files: inline(['a.py', '1']) })).data.registerProject;
    const other = testContext();
    const seen = await run('query ($id: ID!) { project(id: $id) { id } projects { totalCount nodes { id } } }', other, {
      id,
    });
    expect(seen.data).toEqual({ project: null, projects: { totalCount: 0, nodes: [] } });
    expect((await run(updateMutation, other, { id, files: inline(['b.py', '1']) })).errors[0]?.extensions['code']).toBe(
      'NOT_FOUND',
    );
    expect((await run('mutation ($id: ID!) { removeProject(id: $id) }', other, { id })).data.removeProject).toBe(false);
    expect(
      (await run('query ($id: ID!) { assessQuality(projectId: $id) { score } }', other, { id })).errors[0]?.extensions[
        'code'
      ],
    ).toBe('NOT_FOUND');
    expect(
      (await run('query ($id: ID!) { project(id: $id) { languages { files } } }', ctx, { id })).data.project.languages,
    ).toEqual([{ files: 1 }]);
  });
});

describe('bad input', () => {
  it.each([
    ['no source', {}, 'input'],
    ['two sources', { files: [], directory: '/tmp' }, 'input'],
    ['a revision without a Git URL', { files: [], revision: 'main' }, 'input.revision'],
    ['an empty name', { name: ' ', files: [] }, 'input.name'],
    ['a path that leads out', { files: inline(['../a', '']) }, 'input.files'],
    ['an absolute path', { files: inline(['/etc/passwd', '']) }, 'input.files'],
    ['a Windows path', { files: inline(['C:\\a', '']) }, 'input.files'],
    ['an empty path', { files: inline(['', '']) }, 'input.files'],
    ['a path twice', { files: inline(['a', ''], ['a', '']) }, 'input.files'],
    ['a file that is a folder', { files: inline(['a/b', ''], ['a', '']) }, 'input.files'],
    ['a NUL character', { files: inline(['a', '\0']) }, 'input.files'],
    ['a lone surrogate', { files: inline(['a', '\ud800']) }, 'input.files'],
    ['what is not base64', { archive: '***' }, 'input.archive'],
    ['what is no archive', { archive: Buffer.from('hello').toString('base64') }, 'input.archive'],
    ['a folder, where none is allowed', { directory: '/etc' }, 'input.directory'],
  ])('refuses %s and names the field', async (_title, input, field) => {
    const ctx = testContext();
    const { errors } = await register(ctx, { name: 'p', ...input });
    expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field, retryable: false });
    expect(await blobsOf(ctx)).toEqual([]);
  });

  it.each([
    ['query { project(id: "mem_01h455vb4pex5vsknk084sn02q") { id } }', 'id'],
    ['query { projects(first: -1) { totalCount } }', 'first'],
    ['query { projects(after: "x") { totalCount } }', 'after'],
    ['mutation { removeProject(id: "") }', 'id'],
    ['mutation { updateProjectFiles(projectId: "x", files: []) { id } }', 'projectId'],
  ])('refuses %s', async (query, field) => {
    expect((await run(query, testContext())).errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field });
  });

  it('a path given and removed at once is refused', async () => {
    const { errors } = await run(updateMutation, testContext(), {
      id: newId('proj'),
      files: inline(['a', '']),
      removed: ['a'],
    });
    expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'removed' });
  });
});

it('what reads the inside of a project says that it is not served', async () => {
  const ctx = testContext();
  const { id } = (await register(ctx, { name: 'p', files: [] })).data.registerProject;
  for (const query of [
    'query ($id: ID!) { dependencyGraph(projectId: $id) { omitted } }',
    'query ($id: ID!) { repositoryMap(projectId: $id) { text } }',
    'mutation ($id: ID!) { analyzeProject(projectId: $id) { id } }',
  ]) {
    expect((await run(query, ctx, { id })).errors[0]?.extensions).toMatchObject({
      code: 'UNAVAILABLE',
      retryable: false,
    });
  }
});

it('every root field and entity declares its permission', () => {
  expect(unguarded(projects.schema, ['Project', 'Analysis'])).toEqual([]);
});

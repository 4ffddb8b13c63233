import { setTimeout as sleep } from 'node:timers/promises';
import { describeWithService, requireService, testContext } from '@agentos/platform/testing';
import { signInternalToken } from '@agentos/subgraph-kit';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { hashSubgraphs } from '../../gateway/src/federation/index.js';
import { readSupergraphFile } from '../../gateway/src/runtime/supergraph-file.js';
import { Fleet, subgraphs } from './fleet.js';
import { type Event, next, subscription } from './subscription.js';

const title = 'full mode';

describeWithService('postgres', title, (postgres) => {
  const redis = requireService('redis', title);
  if (redis === undefined) {
    it.skip('not tested: no redis', () => {});
    return;
  }
  const s3 = requireService('s3', 'full mode with blobs in S3');
  const [a, b] = [0, 1]; // the two gateways
  let fleet: Fleet;

  beforeAll(async () => {
    fleet = await Fleet.start({ postgres, redis, s3 });
  });
  afterAll(() => fleet?.[Symbol.asyncDispose]());

  const follow = (gateway: number, query: string, variables: Record<string, unknown> = {}) =>
    subscription(fleet.gateway(gateway).url, fleet.key, query, variables);

  const storeMemory = (gateway: number, input: Record<string, unknown>) =>
    fleet
      .must(gateway, 'mutation ($input: StoreMemoryInput!) { storeMemory(input: $input) { id } }', { input })
      .then(({ storeMemory: { id } }) => id as string);

  it('nine processes that start at once over an empty database are all ready', async () => {
    for (const gateway of fleet.gateways) {
      const response = await fetch(`${gateway.url}/readyz`);
      const { parts } = (await response.json()) as { parts: { name: string; ready: boolean }[] };
      expect(parts).toEqual(['database', 'bus', 'blobs', ...subgraphs].map((name) => ({ name, ready: true })));
    }
    for (const name of subgraphs) expect(fleet.subgraph(name).output).toContain(`AgentOS ${name} serves at http://`);
  });

  it('knows the caller at both gateways by the same key', async () => {
    const me = { me: { kind: 'USER', name: 'admin', tenant: { name: 'default' } } };
    const query = '{ me { kind name tenant { name } } }';
    expect(await Promise.all([fleet.must(a, query), fleet.must(b, query)])).toEqual([me, me]);
    expect(
      (await fleet.graphql(a, query, {}, { authorization: 'Bearer nobody' })).errors?.[0]?.extensions['code'],
    ).toBe('UNAUTHENTICATED');
  });

  it('refuses a key of few rights at every gateway, and one that was revoked at the other', async () => {
    const { createApiKey } = await fleet.must(
      a,
      'mutation { createApiKey(input: { name: "reader", scopes: ["memory:read"] }) { secret apiKey { id } } }',
    );
    const headers = { authorization: `Bearer ${createApiKey.secret}` };
    const read = (gateway: number) => fleet.graphql(gateway, '{ memories { totalCount } }', {}, headers);
    expect(await read(b)).toEqual({ data: { memories: { totalCount: expect.any(Number) } } });
    const write = await fleet.graphql(b, 'mutation { storeMemory(input: { content: "No." }) { id } }', {}, headers);
    expect(write.errors).toMatchObject([{ path: ['storeMemory'], extensions: { code: 'FORBIDDEN' } }]);
    await fleet.must(a, 'mutation ($id: ID!) { revokeApiKey(id: $id) { id } }', { id: createApiKey.apiKey.id });
    while ((await read(b)).errors?.[0]?.extensions['code'] !== 'UNAUTHENTICATED') await sleep(50);
  });

  it('finds a memory by the very next query, at the other gateway', async () => {
    const id = await storeMemory(a, { content: 'The ferry to the island leaves at noon.' });
    const { searchMemories } = await fleet.must(
      b,
      '{ searchMemories(query: "when does the boat go?") { hits { memory { id } } } }',
    );
    expect(searchMemories.hits[0].memory.id).toBe(id);
  });

  it('answers one query from projects, memory, agents and execution', async () => {
    const { registerAgent, registerProject } = await fleet.must(
      a,
      'mutation ($files: [ProjectFileInput!]!) { registerAgent(input: { name: "scribe" }) { id } registerProject(input: { name: "tides", files: $files }) { id } }',
      { files: [{ path: 'index.js', text: 'export const tide = 1;' }] },
    );
    const [agentId, projectId] = [registerAgent.id, registerProject.id];
    await storeMemory(a, { content: 'Tides are measured in feet here.', agentId, projectId });
    await fleet.must(a, 'mutation ($input: ExecuteInput!) { execute(input: $input) { id } }', {
      input: { runtime: 'NODEJS', code: 'console.log(6 * 7)', agentId, projectId, waitMs: 20_000 },
    });
    expect(
      await fleet.must(
        b,
        `query ($id: ID!) { project(id: $id) { name memories { content project { name } agent { name
           executions { totalCount nodes { status stdout project { name } } } } } } }`,
        { id: projectId },
      ),
    ).toEqual({
      project: {
        name: 'tides',
        memories: [
          {
            content: 'Tides are measured in feet here.',
            project: { name: 'tides' },
            agent: {
              name: 'scribe',
              executions: {
                totalCount: 1,
                nodes: [{ status: 'SUCCEEDED', stdout: '42\n', project: { name: 'tides' } }],
              },
            },
          },
        ],
      },
    });
  });

  it('streams a program line by line, with other subgraphs’ fields, and resumes at the other gateway', async () => {
    const { registerAgent } = await fleet.must(a, 'mutation { registerAgent(input: { name: "counter" }) { id } }');
    const code = `for (let line = 0; line < 4; line += 1) {
      console.log('line ' + line);
      for (const end = Date.now() + 250; Date.now() < end; );
    }`;
    const fields = `executionId offset ... on ExecutionOutput { text }
      ... on ExecutionStatusChanged { status execution { agent { name } } }`;
    const seen: Event[] = [];
    for await (const event of follow(
      a,
      `subscription ($input: ExecuteInput!) { executeStream(input: $input) { ${fields} } }`,
      { input: { runtime: 'NODEJS', code, agentId: registerAgent.id } },
    )) {
      seen.push(event);
    }
    expect(seen.flatMap(({ errors }) => errors ?? [])).toEqual([]);
    const events = seen.map(({ data }) => data.executeStream);
    expect(events.map(({ offset }) => offset)).toEqual(events.map((_, index) => index));
    const lines = events.filter(({ text }) => text !== undefined);
    expect(lines.map(({ text }) => text)).toEqual([0, 1, 2, 3].map((line) => `line ${line}\n`));
    const states = events.filter(({ status }) => status !== undefined);
    expect(states.at(-1).status).toBe('SUCCEEDED');
    expect(states.map(({ execution }) => execution.agent.name)).toEqual(states.map(() => 'counter'));

    // Once more, to be cut off after the first line: the other gateway has the rest, as it comes.
    let cut: { executionId: string; offset: number } | undefined;
    for await (const { data } of follow(
      a,
      `subscription ($input: ExecuteInput!) { executeStream(input: $input) { ${fields} } }`,
      { input: { runtime: 'NODEJS', code } },
    )) {
      cut = data.executeStream;
      if (data.executeStream.text !== undefined) break;
    }
    const rest: string[] = [];
    for await (const { data } of follow(
      b,
      `subscription ($id: ID!, $after: Int!) { executionEvents(executionId: $id, after: $after) { ${fields} } }`,
      { id: cut?.executionId, after: cut?.offset },
    )) {
      rest.push(data.executionEvents.text ?? data.executionEvents.status ?? '');
    }
    expect(rest.filter((text) => text !== '')).toEqual(['line 1\n', 'line 2\n', 'line 3\n', 'SUCCEEDED']);

    const [first] = lines;
    const resumed: unknown[] = [];
    for await (const { data, errors } of follow(
      b,
      `subscription ($id: ID!, $after: Int!) { executionEvents(executionId: $id, after: $after) { ${fields} } }`,
      { id: first.executionId, after: first.offset },
    )) {
      expect(errors).toBeUndefined();
      resumed.push(data.executionEvents);
    }
    expect(resumed).toEqual(events.slice(first.offset + 1));
  });

  describe('memoryChanged', () => {
    const query =
      'subscription ($after: String) { memoryChanged(after: $after) { cursor kind memoryId memory { content } } }';
    const change = async (events: AsyncIterator<Event>) => (await next(events)).data.memoryChanged;

    it('shows at one gateway what was changed through the other, and resumes by its cursor', async () => {
      const first = await storeMemory(a, { content: 'The lighthouse is white.' });
      const atB = follow(b, query, { after: '0' });
      let last = await change(atB);
      while (last.memoryId !== first) last = await change(atB);
      // From here on it waits for what comes.
      const second = await storeMemory(a, { content: 'The harbour freezes in January.' });
      expect(await change(atB)).toMatchObject({ kind: 'CREATED', memoryId: second });
      await atB.return?.();

      const third = await storeMemory(b, { content: 'Gulls nest under the pier.' });
      const atA = follow(a, query, { after: last.cursor });
      expect([(await change(atA)).memoryId, (await change(atA)).memoryId]).toEqual([second, third]);
      await fleet.must(b, 'mutation ($id: ID!) { deleteMemory(id: $id) }', { id: third });
      expect(await change(atA)).toMatchObject({ kind: 'DELETED', memoryId: third, memory: null });
      await atA.return?.();
    });

    it('ends with UNAVAILABLE when its subgraph is killed, and goes on from its cursor afterwards', async () => {
      const events = follow(a, query, { after: '0' });
      const id = await storeMemory(a, { content: 'The bell rings twice.' });
      let last = await change(events);
      while (last.memoryId !== id) last = await change(events);
      const broken = events.next();
      await fleet.subgraph('memory').kill9();
      expect((await broken).value.errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE', retryable: true } }]);
      expect((await events.next()).done).toBe(true);
      fleet.subgraph('memory').start();
      await fleet.subgraph('memory').ready();
      const again = follow(b, query, { after: last.cursor });
      const afterwards = await storeMemory(a, { content: 'The bell is being mended.' });
      expect(await change(again)).toMatchObject({ memoryId: afterwards });
      await again.return?.();
    });
  });

  it('does once what is sent twice with one idempotency key, to two gateways', async () => {
    const query = 'mutation ($input: StoreMemoryInput!) { storeMemory(input: $input) { id } }';
    const variables = { input: { content: 'Sent twice, kept once.', onDuplicate: 'KEEP' } };
    const headers = { 'idempotency-key': 'one-memory' };
    const [first, second] = await Promise.all([
      fleet.must(a, query, variables, headers),
      fleet.must(b, query, variables, headers),
    ]);
    expect(second).toEqual(first);
    expect(await fleet.must(b, query, variables, headers)).toEqual(first);
    const other = await fleet.graphql(b, query, { input: { content: 'Another.' } }, headers);
    expect(other.errors).toMatchObject([{ extensions: { code: 'CONFLICT' } }]);
  });

  describe('a subgraph answers the gateway and nobody else', () => {
    const operations = {
      _service: '{ _service { sdl } }',
      _entities:
        '{ _entities(representations: [{ __typename: "Memory", id: "mem_01h455vb4pex5vsknk084sn02q" }]) { __typename } }',
      'a query': '{ memories { totalCount } }',
      introspection: '{ __schema { queryType { name } } }',
      nothing: '',
    };
    const tokens: Record<string, () => Promise<string | undefined>> = {
      'no token': async () => undefined,
      'a user’s key': async () => fleet.key,
      'a token that another secret signed': () => signInternalToken(testContext(), 'x'.repeat(32)),
      'an expired token': async () => {
        vi.setSystemTime(Date.now() - 180_000);
        return signInternalToken(testContext(), fleet.secret);
      },
      'a token with its signature cut off': async () =>
        (await signInternalToken(testContext(), fleet.secret)).replace(/[^.]*$/, ''),
    };
    afterEach(() => {
      vi.useRealTimers();
    });

    it.each(Object.keys(tokens))('with %s every operation is refused', async (name) => {
      const token = await tokens[name]?.();
      vi.useRealTimers();
      const { url } = fleet.subgraph('memory');
      for (const query of Object.values(operations)) {
        const response = await fetch(`${url}/graphql`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          },
          body: JSON.stringify({ query }),
        });
        expect(response.status).toBe(401);
        const answer = (await response.json()) as Event;
        expect(answer.data).toBeUndefined();
        expect(answer.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
      }
      await expect(next(subscription(url, token, 'subscription { memoryChanged { kind } }'))).rejects.toMatchObject({
        code: 4403,
      });
    });

    it('with the gateway’s token the same operations are answered', async () => {
      const token = await signInternalToken(testContext(), fleet.secret);
      const answers = Object.values(operations).map((query) =>
        fetch(`${fleet.subgraph('memory').url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
          body: JSON.stringify({ query }),
        }).then(({ status }) => status),
      );
      expect(await Promise.all(answers)).toEqual([200, 200, 200, 200, 400]);
    });
  });

  it('the supergraph that comes with this version is that of the subgraphs, so that no gateway composes at its start', async () => {
    const authorization = `Bearer ${await signInternalToken(testContext(), fleet.secret)}`;
    const sdls = subgraphs.map(async (name) => {
      const response = await fetch(`${fleet.subgraph(name).url}/graphql`, {
        method: 'POST',
        headers: { authorization },
        body: JSON.stringify({ query: '{ _service { sdl } }' }),
      });
      const { data } = (await response.json()) as Event;
      return { name, sdl: data._service.sdl as string };
    });
    expect(hashSubgraphs(await Promise.all(sdls))).toBe((await readSupergraphFile())?.subgraphsHash);
  });

  it('a gateway with another secret does not start, and says so', async () => {
    const gateway = await fleet.newGateway('stranger', { AGENTOS_INTERNAL_SECRET: 'x'.repeat(32) });
    gateway.start();
    await expect(gateway.ready()).rejects.toThrow(/wrong:\n {2}AGENTOS_INTERNAL_SECRET: the subgraph \w+ at http/);
  });

  it('goes on with what is left when a subgraph is killed, says what is missing, and has it back without a restart', async () => {
    const { registerProject } = await fleet.must(
      a,
      'mutation ($files: [ProjectFileInput!]!) { registerProject(input: { name: "reefs", files: $files }) { id } }',
      { files: [{ path: 'a.txt', text: 'a' }] },
    );
    const id = registerProject.id;
    await storeMemory(a, { content: 'The reef is alive.', projectId: id });
    const query =
      'query ($id: ID!) { me { name } project(id: $id) { name } reef: project(id: $id) { memories { content } } }';
    const whole = {
      me: { name: 'admin' },
      project: { name: 'reefs' },
      reef: { memories: [{ content: 'The reef is alive.' }] },
    };
    expect(await fleet.must(a, query, { id })).toEqual(whole);

    await fleet.subgraph('memory').kill9();
    for (const gateway of [a, b]) {
      expect(await fleet.graphql(gateway, query, { id })).toMatchObject({
        data: { me: { name: 'admin' }, project: { name: 'reefs' }, reef: null },
        errors: [
          {
            path: ['reef'],
            extensions: { code: 'UNAVAILABLE', retryable: true, service: 'memory', traceId: expect.any(String) },
          },
        ],
      });
      const mutation = await fleet.graphql(gateway, 'mutation { storeMemory(input: { content: "Lost?" }) { id } }');
      expect(mutation).toMatchObject({
        data: null,
        errors: [{ path: ['storeMemory'], extensions: { code: 'UNAVAILABLE' } }],
      });
      const response = await fetch(`${fleet.gateway(gateway).url}/readyz`);
      expect(response.status).toBe(503);
      const { parts } = (await response.json()) as { parts: { name: string; ready: boolean }[] };
      expect(parts.filter(({ ready }) => !ready)).toEqual([{ name: 'memory', ready: false }]);
    }

    fleet.subgraph('memory').start();
    await fleet.subgraph('memory').ready();
    for (const gateway of [a, b]) {
      expect(await fleet.must(gateway, query, { id })).toEqual(whole);
      expect((await fetch(`${fleet.gateway(gateway).url}/readyz`)).status).toBe(200);
    }
  });

  it('on SIGTERM each process closes its subscriptions and ends with 0, in whatever order', async () => {
    const events = follow(a, 'subscription { memoryChanged { kind } }');
    const ended = events.next().catch((closed: { code: number }) => closed.code);
    const running = fleet.must(
      b,
      'mutation { execute(input: { runtime: NODEJS, code: "for (const end = Date.now() + 1000; Date.now() < end; ); console.log(1)", waitMs: 20000 }) { status } }',
    );
    await sleep(500);
    const codes = await Promise.all(fleet.gateways.map((gateway) => gateway.stop()));
    expect((await running).execute.status).toBe('SUCCEEDED');
    expect(await ended).toBe(1001);
    const rest = await Promise.all(subgraphs.map((name) => fleet.subgraph(name).stop()));
    expect([...codes, ...rest]).toEqual(Array(9).fill(0));
  });
});

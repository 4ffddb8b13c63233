import { newId } from '@agentos/kernel';
import { testContext } from '@agentos/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Memory } from './domain/memory.js';
import { relevanceOf, relevanceSql } from './domain/relevance.js';
import { type MemoryGraph, search, store, storeMany } from './fixtures/memory-graph.js';
import { Upkeep } from './service/upkeep.js';
import { memoryStore } from './store/memory-store.js';

/** The life of memories, on whichever database. */
export function memoryLifeContract(open: () => Promise<MemoryGraph>): void {
  let graph: MemoryGraph;
  beforeAll(async () => {
    graph = await open();
  });
  afterAll(() => graph[Symbol.asyncDispose]());

  type Ctx = ReturnType<typeof testContext>;
  const remember = async (ctx: Ctx, input: Record<string, unknown>): Promise<string> =>
    (await graph.ask(ctx, store, { input })).storeMemory.id;
  const update =
    'mutation ($input: UpdateMemoryInput!) { updateMemory(input: $input) { id content version tags validTo context { name } history { version content reason } } }';
  const relate =
    'mutation ($input: RelateMemoriesInput!) { relateMemories(input: $input) { id type weight from { content } to { content } createdAt } }';
  const createContext = async (ctx: Ctx, name: string, parentId?: string): Promise<string> =>
    (
      await graph.ask(ctx, 'mutation ($input: CreateContextInput!) { createContext(input: $input) { id } }', {
        input: { name, parentId },
      })
    ).createContext.id;

  describe('updating', () => {
    it('keeps the history and finds the new content by meaning, the old one no more', async () => {
      const ctx = testContext();
      const id = await remember(ctx, { content: 'The office is in Paris', tags: ['place'] });
      await remember(ctx, { content: 'The canteen serves soup on Mondays' });
      const { updateMemory } = await graph.ask(ctx, update, {
        input: { id, content: 'The office is in Tokyo', reason: 'We moved.' },
      });
      expect(updateMemory).toMatchObject({
        version: 2,
        tags: ['place'],
        history: [
          { version: 2, content: 'The office is in Tokyo', reason: 'We moved.' },
          { version: 1, content: 'The office is in Paris', reason: null },
        ],
      });
      const { searchMemories } = await graph.ask(ctx, search, {
        query: 'Which Japanese city do we work in?',
        mode: 'SEMANTIC',
      });
      expect(searchMemories.hits[0].memory.id).toBe(id);
      expect((await graph.ask(ctx, search, { query: 'Paris', mode: 'KEYWORD' })).searchMemories.hits).toEqual([]);
    });

    it('lets one of two win who expect the same version', async () => {
      const ctx = testContext();
      const id = await remember(ctx, { content: 'Counter' });
      const attempts = await Promise.allSettled(
        ['a', 'b', 'c'].map((content) => graph.ask(ctx, update, { input: { id, content, expectedVersion: 1 } })),
      );
      expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const attempt of attempts)
        if (attempt.status === 'rejected') expect(attempt.reason).toMatchObject({ code: 'CONFLICT' });
    });

    it('changes only what is given, and clears what is null', async () => {
      const ctx = testContext();
      const contextId = await createContext(ctx, 'here');
      const id = await remember(ctx, { content: 'Held', contextId, validTo: '2030-01-01T00:00:00Z', tags: ['x'] });
      const first = await graph.ask(ctx, update, { input: { id, confidence: 0.5 } });
      expect(first.updateMemory).toMatchObject({
        context: { name: 'here' },
        validTo: '2030-01-01T00:00:00.000Z',
        tags: ['x'],
      });
      const second = await graph.ask(ctx, update, { input: { id, contextId: null, validTo: null, tags: [] } });
      expect(second.updateMemory).toMatchObject({ context: null, validTo: null, tags: [], version: 3 });
    });

    it('refuses what cannot be', async () => {
      const ctx = testContext();
      const id = await remember(ctx, { content: 'Fine' });
      expect(await graph.refusal(ctx, update, { input: { id, content: '' } })).toMatchObject({
        code: 'BAD_USER_INPUT',
        field: 'input.content',
      });
      expect(await graph.refusal(ctx, update, { input: { id: 'mem_x' } })).toMatchObject({
        code: 'BAD_USER_INPUT',
        field: 'input.id',
      });
      expect(await graph.refusal(ctx, update, { input: { id: newId('mem'), tags: [] } })).toMatchObject({
        code: 'NOT_FOUND',
      });
      expect(await graph.refusal(ctx, update, { input: { id, contextId: newId('ctx') } })).toMatchObject({
        code: 'NOT_FOUND',
      });
    });

    it('records a validation with its evidence', async () => {
      const ctx = testContext();
      const id = await remember(ctx, { content: 'Two and two are four' });
      const executionId = newId('exec');
      const { validateMemory } = await graph.ask(
        ctx,
        'mutation ($input: ValidateMemoryInput!) { validateMemory(input: $input) { version validation { status checkedAt evidence execution { id } } } }',
        { input: { id, status: 'VERIFIED', evidence: 'Counted.', executionId } },
      );
      expect(validateMemory).toMatchObject({
        version: 2,
        validation: { status: 'VERIFIED', evidence: 'Counted.', execution: { id: executionId } },
      });
      const listed = await graph.ask(ctx, '{ memories(filter: { validation: [VERIFIED] }) { totalCount } }');
      expect(listed.memories.totalCount).toBe(1);
    });

    it('categorizes by what the content says and by what is near it', async () => {
      const ctx = testContext();
      await graph.ask(ctx, storeMany, {
        inputs: [
          { content: 'We decided to cache search results for an hour', tags: ['caching'], type: 'DECISION' },
          { content: 'We decided to cache images for a day', tags: ['caching'], type: 'DECISION' },
        ],
      });
      const id = await remember(ctx, { content: 'We decided to cache user profiles for a minute' });
      const { categorizeMemory } = await graph.ask(
        ctx,
        'mutation ($id: ID!) { categorizeMemory(id: $id) { type tags version } }',
        { id },
      );
      expect(categorizeMemory.type).toBe('DECISION');
      expect(categorizeMemory.tags).toContain('caching');
      expect(categorizeMemory.version).toBe(2);
    });
  });

  describe('forgetting', () => {
    it('removes one with all that belongs to it', async () => {
      const ctx = testContext();
      const [a, b] = [await remember(ctx, { content: 'To go' }), await remember(ctx, { content: 'To stay' })];
      await graph.ask(ctx, relate, { input: { fromId: a, toId: b, type: 'SUPPORTS' } });
      expect(await graph.ask(ctx, 'mutation ($id: ID!) { deleteMemory(id: $id) }', { id: a })).toEqual({
        deleteMemory: true,
      });
      expect(await graph.ask(ctx, 'mutation ($id: ID!) { deleteMemory(id: $id) }', { id: a })).toEqual({
        deleteMemory: false,
      });
      const left = await graph.ask(ctx, '{ memories { nodes { content relationships { id } } } }');
      expect(left.memories.nodes).toEqual([{ content: 'To stay', relationships: [] }]);
      for (const mode of ['HYBRID', 'SEMANTIC', 'KEYWORD']) {
        const { searchMemories } = await graph.ask(ctx, search, { query: 'to go', mode });
        expect(searchMemories.hits.map((hit: { memory: { id: string } }) => hit.memory.id)).not.toContain(a);
      }
      const rows: { count: number }[] = await graph.platform.db.read(ctx, (manager) =>
        manager.query(
          `select (select count(*) from memory_version where memory_id = $1) + (select count(*) from memory_embedding where memory_id = $1)
           + (select count(*) from memory_relation) + (select sum(link_count) from memory) as count`,
          [a],
        ),
      );
      expect(Number(rows[0]?.count)).toBe(0);
    });

    it('removes what a filter matches, after it was counted, and never everything at once', async () => {
      const ctx = testContext();
      await graph.ask(ctx, storeMany, {
        inputs: [{ content: 'a', tags: ['old'] }, { content: 'b', tags: ['old'] }, { content: 'c' }],
      });
      const forget =
        'mutation ($filter: MemoryFilter!, $dryRun: Boolean) { forgetMemories(filter: $filter, dryRun: $dryRun) { deletedCount } }';
      expect(
        (await graph.ask(ctx, forget, { filter: { tagsAny: ['old'] }, dryRun: true })).forgetMemories.deletedCount,
      ).toBe(2);
      expect((await graph.ask(ctx, forget, { filter: { tagsAny: ['old'] } })).forgetMemories.deletedCount).toBe(2);
      expect(await graph.refusal(ctx, forget, { filter: {} })).toMatchObject({
        code: 'BAD_USER_INPUT',
        field: 'filter',
      });
      expect((await graph.ask(ctx, '{ memories { totalCount } }')).memories.totalCount).toBe(1);
    });

    it('shows nothing past its expiry, and removes it in time', async () => {
      const ctx = testContext();
      const id = await remember(ctx, { content: 'Short-lived', ttlSeconds: 60 });
      await graph.platform.db.transaction(ctx, (manager) =>
        manager.query(`update memory set expires_at = now() - interval '1 second' where id = $1`, [id]),
      );
      expect(
        await graph.ask(ctx, 'query ($id: ID!) { memory(id: $id) { id } memories { totalCount } }', { id }),
      ).toEqual({
        memory: null,
        memories: { totalCount: 0 },
      });
      expect((await graph.ask(ctx, search, { query: 'short-lived' })).searchMemories.hits).toEqual([]);
      const { db, outbox, clock, logger } = graph.platform;
      const unused = {
        model: 'none',
        dimensions: 0,
        embed: async () => [],
        warm: async () => {},
        close: async () => {},
      };
      expect(await new Upkeep(db, outbox, clock, unused, logger).removeExpired()).toBe(1);
    });
  });

  describe('relevance', () => {
    it('is the same from the database as from the domain', async () => {
      const ctx = testContext();
      for (const [i, type] of (['FACT', 'EPISODE', 'DECISION', 'CODE'] as const).entries()) {
        const id = await remember(ctx, { content: `Aged ${i}`, type, confidence: 1 - i / 8 });
        await graph.platform.db.transaction(ctx, (manager) =>
          manager.query(
            `update memory set accessed_at = now() - make_interval(days => $2), access_count = $3, link_count = $4 where id = $1`,
            [id, i * 40, i * 3, i],
          ),
        );
      }
      const now = new Date();
      const rows: { id: string; relevance: number }[] = await graph.platform.db.read(ctx, (manager) =>
        manager.query(`select m.id, ${relevanceSql('m', '$1::timestamptz')} as relevance from memory m`, [now]),
      );
      const memories: Memory[] = await graph.platform.db.read(ctx, (manager) =>
        memoryStore.findByIds(
          manager,
          rows.map(({ id }) => id),
          now,
        ),
      );
      expect(memories).toHaveLength(4);
      for (const memory of memories) {
        expect(relevanceOf(memory, now)).toBeCloseTo(rows.find(({ id }) => id === memory.id)?.relevance ?? -1, 9);
      }
    });
  });

  describe('relations', () => {
    const walk =
      'query ($id: ID!, $type: RelationshipType, $direction: Direction, $depth: Int, $first: Int) { memory(id: $id) { relationships(type: $type, direction: $direction, depth: $depth, first: $first) { type from { content } to { content } } } }';

    it('are walked in any direction, nearest first, and end in circles', async () => {
      const ctx = testContext();
      const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((content) => remember(ctx, { content })));
      for (const [fromId, toId, type] of [
        [a, b, 'CAUSES'],
        [b, c, 'CAUSES'],
        [c, a, 'SUPPORTS'],
      ]) {
        await graph.ask(ctx, relate, { input: { fromId, toId, type } });
      }
      const from = async (variables: object): Promise<string[]> =>
        (await graph.ask(ctx, walk, { id: a, ...variables })).memory.relationships.map(
          (r: { from: { content: string }; to: { content: string } }) => `${r.from.content}${r.to.content}`,
        );
      expect((await from({})).sort()).toEqual(['ab', 'ca']);
      expect(await from({ direction: 'OUT' })).toEqual(['ab']);
      expect(await from({ direction: 'IN' })).toEqual(['ca']);
      expect(await from({ direction: 'OUT', depth: 2 })).toEqual(['ab', 'bc']);
      expect(await from({ direction: 'OUT', depth: 6 })).toEqual(['ab', 'bc', 'ca']);
      expect(await from({ direction: 'OUT', depth: 6, type: 'CAUSES' })).toEqual(['ab', 'bc']);
      expect(await from({ depth: 6, first: 1 })).toHaveLength(1);
      expect(await graph.refusal(ctx, walk, { id: a, depth: 0 })).toMatchObject({
        code: 'BAD_USER_INPUT',
        field: 'depth',
      });
      expect(await graph.refusal(ctx, walk, { id: a, depth: 1_000 })).toMatchObject({
        code: 'BAD_USER_INPUT',
        field: 'depth',
      });
    });

    it('are made once, weighed again, and taken back', async () => {
      const ctx = testContext();
      const [fromId, toId] = [await remember(ctx, { content: 'x' }), await remember(ctx, { content: 'y' })];
      const first = await graph.ask(ctx, relate, { input: { fromId, toId, type: 'SUPPORTS' } });
      expect(first.relateMemories).toMatchObject({ weight: 1, from: { content: 'x' }, to: { content: 'y' } });
      const again = await graph.ask(ctx, relate, { input: { fromId, toId, type: 'SUPPORTS', weight: 0.5 } });
      expect(again.relateMemories).toMatchObject({ id: first.relateMemories.id, weight: 0.5 });
      expect(await graph.refusal(ctx, relate, { input: { fromId, toId: fromId, type: 'SUPPORTS' } })).toMatchObject({
        code: 'BAD_USER_INPUT',
      });
      const unrelate = 'mutation ($id: ID!) { unrelateMemories(id: $id) }';
      expect(await graph.ask(ctx, unrelate, { id: first.relateMemories.id })).toEqual({ unrelateMemories: true });
      expect(await graph.ask(ctx, unrelate, { id: first.relateMemories.id })).toEqual({ unrelateMemories: false });
    });
  });

  describe('contexts', () => {
    it('nest: what is asked of one is asked of those in it', async () => {
      const ctx = testContext();
      const outer = await createContext(ctx, 'outer');
      const inner = await createContext(ctx, 'inner', outer);
      await remember(ctx, { content: 'In the inner one', contextId: inner });
      const read = await graph.ask(
        ctx,
        'query ($outer: ID!, $inner: ID!) { memoryContext(id: $inner) { name memoryCount parent { name memoryCount } } memories(filter: { contextId: $outer }) { nodes { context { name } } } memoryContexts { name } }',
        { outer, inner },
      );
      expect(read).toEqual({
        memoryContext: { name: 'inner', memoryCount: 1, parent: { name: 'outer', memoryCount: 0 } },
        memories: { nodes: [{ context: { name: 'inner' } }] },
        memoryContexts: [{ name: 'inner' }, { name: 'outer' }],
      });
    });

    it('are what a session switches between', async () => {
      const ctx = testContext();
      const sessionId = newId('sess');
      const [a, b] = [await createContext(ctx, 'a'), await createContext(ctx, 'b')];
      const switching =
        'mutation ($sessionId: ID!, $contextId: ID!) { switchContext(sessionId: $sessionId, contextId: $contextId) { id activeContext { name } } }';
      await graph.ask(ctx, switching, { sessionId, contextId: a });
      expect((await graph.ask(ctx, switching, { sessionId, contextId: b })).switchContext).toEqual({
        id: sessionId,
        activeContext: { name: 'b' },
      });
    });

    const merge =
      'mutation ($input: MergeContextsInput!) { mergeContexts(input: $input) { moved superseded context { id memoryCount } conflicts { first { content } second { content } kept { content } reason } } }';

    it.each([
      ['KEEP_ALL', 0, null],
      ['KEEP_NEWEST', 1, 'The service listens on port 9090'],
      ['KEEP_MOST_CONFIDENT', 1, 'The service listens on port 8080'],
    ])('merge by %s and lose nothing', async (strategy, superseded, kept) => {
      const ctx = testContext();
      const [source, target] = [await createContext(ctx, 'source'), await createContext(ctx, 'target')];
      await graph.ask(ctx, storeMany, {
        inputs: [
          { content: 'The service listens on port 8080', contextId: target, occurredAt: '2026-01-01T00:00:00Z' },
          {
            content: 'The service listens on port 9090',
            contextId: source,
            occurredAt: '2026-02-01T00:00:00Z',
            confidence: 0.5,
          },
          { content: 'Logs are kept for a week', contextId: source },
        ],
      });
      const { mergeContexts } = await graph.ask(ctx, merge, {
        input: { sourceIds: [source], targetId: target, strategy },
      });
      expect(mergeContexts).toMatchObject({ moved: 2, superseded, context: { id: target, memoryCount: 3 } });
      expect(mergeContexts.conflicts).toHaveLength(1);
      expect(mergeContexts.conflicts[0].kept?.content ?? null).toBe(kept);
      const now = new Date(Date.now() + 1_000).toISOString();
      const valid = await graph.ask(
        ctx,
        'query ($now: DateTime!) { memories(filter: { validAt: $now }) { totalCount } }',
        { now },
      );
      expect(valid.memories.totalCount).toBe(3 - superseded);
      const archived = await graph.refusal(ctx, store, { input: { content: 'late', contextId: source } });
      expect(archived).toMatchObject({ code: 'CONFLICT' });
      expect(await graph.refusal(ctx, merge, { input: { sourceIds: [target], targetId: target } })).toMatchObject({
        code: 'BAD_USER_INPUT',
      });
    });

    it('lose nothing that is stored while they are merged', async () => {
      const ctx = testContext();
      const [source, target] = [await createContext(ctx, 'source'), await createContext(ctx, 'target')];
      const embedding = Array.from({ length: 384 }, () => 1);
      const writes = Array.from({ length: 30 }, (_, i) =>
        graph
          .ask(ctx, store, { input: { content: `Written ${i}`, contextId: source, embedding } })
          .then(() => true)
          .catch((error) => {
            expect(error).toMatchObject({ code: 'CONFLICT' });
            return false;
          }),
      );
      const merged = graph.ask(ctx, merge, { input: { sourceIds: [source], targetId: target } });
      const acknowledged = (await Promise.all(writes)).filter(Boolean).length;
      expect((await merged).mergeContexts.moved).toBe(acknowledged);
      const read = await graph.ask(ctx, 'query ($target: ID!) { memoryContext(id: $target) { memoryCount } }', {
        target,
      });
      expect(read.memoryContext.memoryCount).toBe(acknowledged);
    });
  });

  describe('a text for a prompt', () => {
    it('holds the best that fits into the budget, in order of time', async () => {
      const ctx = testContext();
      await graph.ask(ctx, storeMany, {
        inputs: Array.from({ length: 30 }, (_, i) => ({
          content: `Release ${i} was tested by team ${i % 3} and shipped to customers`,
          actor: 'Ada',
          occurredAt: `2026-01-${String(i + 1).padStart(2, '0')}T00:00:00Z`,
        })),
      });
      const { assembleContext } = await graph.ask(
        ctx,
        '{ assembleContext(query: "Which release did team 2 test?", tokenBudget: 120) { text tokenCount omittedCount memories { content } } }',
      );
      expect(assembleContext.tokenCount).toBeLessThanOrEqual(120);
      expect(assembleContext.tokenCount).toBeGreaterThan(60);
      expect(assembleContext.memories.length + assembleContext.omittedCount).toBe(30);
      expect(assembleContext.text).toMatch(/^\[2026-01-\d\d\] Ada: Release/);
      const days = [...assembleContext.text.matchAll(/2026-01-(\d\d)/g)].map(([, day]) => day);
      expect(days).toEqual([...days].sort());
      const none = await graph.ask(ctx, '{ assembleContext(query: "x", tokenBudget: 0) { text tokenCount } }');
      expect(none.assembleContext).toEqual({ text: '', tokenCount: 0 });
    });
  });

  describe('following', () => {
    const follow =
      'subscription ($filter: MemoryFilter, $after: String) { memoryChanged(filter: $filter, after: $after) { cursor kind memoryId at memory { content version } } }';

    it('tells what is created, changed and removed, and goes on from a cursor without a gap', async () => {
      const ctx = testContext();
      const live = await graph.follow(ctx, follow, { filter: { tagsAny: ['watched'] }, after: '0' });
      const id = await remember(ctx, { content: 'One', tags: ['watched'] });
      await remember(ctx, { content: 'Unseen' });
      const first = (await live.next()).value.data.memoryChanged;
      expect(first).toMatchObject({ kind: 'CREATED', memoryId: id, memory: { content: 'One' } });
      await graph.ask(ctx, update, { input: { id, content: 'Two' } });
      const second = (await live.next()).value.data.memoryChanged;
      expect(second).toMatchObject({ kind: 'UPDATED', memory: { content: 'Two', version: 2 } });
      await live.return?.();
      await graph.ask(ctx, 'mutation ($id: ID!) { deleteMemory(id: $id) }', { id });
      const resumed = await graph.follow(ctx, follow, { filter: { tagsAny: ['watched'] }, after: first.cursor });
      expect((await resumed.next()).value.data.memoryChanged).toMatchObject({ kind: 'UPDATED', memory: null });
      expect((await resumed.next()).value.data.memoryChanged).toMatchObject({
        kind: 'DELETED',
        memoryId: id,
        memory: null,
      });
      await resumed.return?.();
    });

    it('shows nothing of another tenant and refuses a foreign cursor', async () => {
      const ctx = testContext();
      const other = testContext();
      await remember(ctx, { content: 'Mine' });
      const live = await graph.follow(other, follow, { after: '0' });
      await remember(other, { content: 'Theirs' });
      expect((await live.next()).value.data.memoryChanged.memory.content).toBe('Theirs');
      await live.return?.();
      await expect(graph.follow(ctx, follow, { after: 'garbage' })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    });
  });

  describe('entities', () => {
    it('of other subgraphs show their memories, the newest or those that answer', async () => {
      const ctx = testContext();
      const [projectId, agentId, sessionId] = [newId('proj'), newId('agent'), newId('sess')];
      await graph.ask(ctx, storeMany, {
        inputs: [
          { content: 'Written in Rust', projectId, agentId },
          { content: 'The mascot is a crab', projectId, agentId },
        ],
      });
      const contextId = await createContext(ctx, 'work');
      await graph.ask(ctx, 'mutation ($s: ID!, $c: ID!) { switchContext(sessionId: $s, contextId: $c) { id } }', {
        s: sessionId,
        c: contextId,
      });
      const { _entities } = await graph.ask(
        ctx,
        `query ($r: [_Any!]!) { _entities(representations: $r) {
        ... on Project { memories(first: 1) { content } best: memories(query: "programming language", first: 1) { content } }
        ... on Agent { memories { content } best: memories(query: "animal", first: 1) { content } }
        ... on Session { activeContext { name } }
        ... on Memory { content } } }`,
        {
          r: [
            { __typename: 'Project', id: projectId },
            { __typename: 'Agent', id: agentId },
            { __typename: 'Session', id: sessionId },
            { __typename: 'Memory', id: newId('mem') },
          ],
        },
      );
      expect(_entities).toEqual([
        { memories: [{ content: 'The mascot is a crab' }], best: [{ content: 'Written in Rust' }] },
        {
          memories: [{ content: 'The mascot is a crab' }, { content: 'Written in Rust' }],
          best: [{ content: 'The mascot is a crab' }],
        },
        { activeContext: { name: 'work' } },
        null,
      ]);
    });
  });
}

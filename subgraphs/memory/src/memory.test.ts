import { testContext } from '@agentos/platform/testing';
import { describe, expect, it } from 'vitest';
import { openMemoryGraph, search, storeMany } from './fixtures/memory-graph.js';
import { storingAndSearchingContract } from './memory.contract.js';
import { memoryLifeContract } from './memory-life.contract.js';

describe('memory on the embedded database', () => {
  storingAndSearchingContract(openMemoryGraph);
  memoryLifeContract(openMemoryGraph);
});

describe('memory that is not kept in the process', () => {
  storingAndSearchingContract((options) => openMemoryGraph({ residentMemories: 0, ...options }));
});

describe('memory on a PostgreSQL without pgvector', () => {
  it('searches by meaning all the same', async () => {
    await using graph = await openMemoryGraph();
    // The owner's statement; a tenant's role may not alter tables.
    await graph.platform.db.transaction(testContext(), async (manager) => {
      await manager.query('reset role');
      await manager.query('alter table memory_embedding alter column embedding type real[] using embedding::real[]');
    });
    const ctx = testContext();
    await graph.ask(ctx, storeMany, { inputs: [{ content: 'Ada plays the violin' }, { content: 'The roof leaks' }] });
    const { searchMemories } = await graph.ask(ctx, search, { query: 'musical instruments', mode: 'SEMANTIC' });
    expect(searchMemories.hits[0].memory.content).toBe('Ada plays the violin');
    expect(searchMemories.hits[0].explanation.semanticSimilarity).toBeGreaterThan(0.2);
  });
});

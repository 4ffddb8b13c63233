import { runSubgraph } from '@agentos/subgraph-kit';
import { createMemoryModule, memoryPersistence } from './index.js';

/** Runs this subgraph alone: `agentos serve memory`. */
await runSubgraph(memoryPersistence, createMemoryModule);

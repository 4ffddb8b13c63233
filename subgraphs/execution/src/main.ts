import { runSubgraph } from '@agentos/subgraph-kit';
import { createExecutionModule, executionPersistence } from './index.js';

/** Runs this subgraph alone: `agentos serve execution`. */
await runSubgraph(executionPersistence, createExecutionModule);

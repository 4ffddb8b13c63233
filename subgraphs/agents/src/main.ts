import { runSubgraph } from '@agentos/subgraph-kit';
import { createAgentsModule, agentsPersistence } from './index.js';

/** Runs this subgraph alone: `agentos serve agents`. */
await runSubgraph(agentsPersistence, createAgentsModule);

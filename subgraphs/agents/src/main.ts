import { runSubgraph } from '@agentos/subgraph-kit';
import { agentsPersistence, createAgentsModule } from './index.js';

/** Runs this subgraph alone: `agentos serve agents`. */
await runSubgraph(agentsPersistence, createAgentsModule);

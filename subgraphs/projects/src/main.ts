import { runSubgraph } from '@agentos/subgraph-kit';
import { createProjectsModule, projectsPersistence } from './index.js';

/** Runs this subgraph alone: `agentos serve projects`. */
await runSubgraph(projectsPersistence, createProjectsModule);

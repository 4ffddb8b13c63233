import { runSubgraph } from '@agentos/subgraph-kit';
import { createSecurityModule, securityPersistence } from './index.js';

/** Runs this subgraph alone: `agentos serve security`. */
await runSubgraph(securityPersistence, createSecurityModule);

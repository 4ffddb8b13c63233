import { runSubgraph } from '@agentos/subgraph-kit';
import { createPluginsModule, pluginsPersistence } from './index.js';

/** Runs this subgraph alone: `agentos serve plugins`. */
await runSubgraph(pluginsPersistence, createPluginsModule);

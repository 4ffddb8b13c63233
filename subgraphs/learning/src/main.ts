import { runSubgraph } from '@agentos/subgraph-kit';
import { createLearningModule, learningPersistence } from './index.js';

/** Runs this subgraph alone: `agentos serve learning`. */
await runSubgraph(learningPersistence, createLearningModule);

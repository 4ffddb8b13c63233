export { CompositionError, composeSupergraph, hashSubgraphs, type PrecomposedSupergraph } from './compose.js';
export { createEngine, type Engine, type EngineOptions, type OperationRequest } from './engine.js';
export { type HttpSubgraph, HttpSubgraphService } from './http.js';
export { type InProcessSubgraph, InProcessSubgraphService } from './in-process.js';
export type { PreparedOperation } from './operation.js';
export type { Preparation } from './plan-cache.js';
export type { SubgraphRequest, SubgraphService } from './subgraph.js';

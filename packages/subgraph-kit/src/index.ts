export {
  type BuiltSubgraph,
  buildSubgraph,
  type ReferenceResolver,
  type SubgraphDefinition,
} from './build-subgraph.js';
export { change } from './change.js';
export type { SubgraphContext } from './context.js';
export { toGraphQLError } from './errors.js';
export { Guard } from './guard.js';
export { internalRequest, readInternalToken, signInternalToken } from './internal-token.js';
export { loaderById } from './loader.js';
export type { SubgraphModule } from './module.js';
export { BigIntScalar, DateTime, JSONScalar } from './scalars.js';
export { perEventContext, runSubgraph, serveSubgraph } from './serve.js';
export { type Connection, PageInfo, toConnection } from './types.js';
export { unguarded } from './unguarded.js';

import type { Lifecycle, RequestContext } from '@agentos/kernel';
import type { BuiltSubgraph } from './build-subgraph.js';

/** A subgraph as the runtime sees it, in the same process or alone in one. */
export interface SubgraphModule extends BuiltSubgraph, Lifecycle {
  /** Loaders for one operation, over the tenant of its request. */
  loaders(request: RequestContext): unknown;
}

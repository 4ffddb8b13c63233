import type { RequestContext } from '@agentos/kernel';

/** What a resolver of a subgraph is given beside its arguments. */
export interface SubgraphContext<Loaders = unknown> {
  readonly request: RequestContext;
  /** Made anew for each operation, so that nothing is remembered across requests or tenants. */
  readonly loaders: Loaders;
}

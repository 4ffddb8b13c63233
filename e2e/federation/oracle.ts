import { createHash } from 'node:crypto';
import type { ExecutionResult } from 'graphql';
import { parse } from 'graphql';
import type { TestSubgraph } from './graphs/subgraph.js';

export interface Oracle {
  execute(query: string, variables: Record<string, unknown>): Promise<ExecutionResult>;
}

/** The stock gateway over the same subgraphs in the process: what it answers is right by definition, up to its known gaps. */
export async function stockGateway(subgraphs: readonly TestSubgraph[], supergraphSdl: string): Promise<Oracle> {
  // It would send telemetry and ask cloud metadata addresses.
  process.env['APOLLO_TELEMETRY_DISABLED'] = '1';
  const { ApolloGateway, LocalGraphQLDataSource } = await import('@apollo/gateway');
  const byName = new Map(subgraphs.map(({ name, schema }) => [name, schema]));
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const gateway = new ApolloGateway({
    supergraphSdl,
    logger: silent,
    buildService: ({ name }) => new LocalGraphQLDataSource(byName.get(name)!),
  });
  const { executor } = await gateway.load();
  return {
    async execute(query, variables) {
      const result = await executor({
        request: { query, variables },
        document: parse(query),
        queryHash: createHash('sha256').update(query).digest('hex'),
        context: {},
        logger: silent,
        metrics: {},
        schema: undefined,
      } as never);
      return result as ExecutionResult;
    },
  };
}

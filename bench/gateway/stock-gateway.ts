import type { GraphQLDataSourceProcessOptions } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { composeSupergraph } from '../../gateway/src/federation/index.js';
import { benchSubgraph, type SubgraphName, subgraphNames } from './graph.js';

/** Apollo Server and Gateway as their documentation sets them up, with each request's own credential passed on. */
export async function serveStock(urls: Readonly<Record<SubgraphName, string>> | undefined): Promise<number> {
  process.env['APOLLO_TELEMETRY_DISABLED'] = '1';
  const { ApolloGateway, LocalGraphQLDataSource, RemoteGraphQLDataSource } = await import('@apollo/gateway');
  const subgraphs = new Map(subgraphNames.map((name) => [name as string, benchSubgraph(name)]));
  type Context = { authorization?: string };
  class Remote extends RemoteGraphQLDataSource<Context> {
    override willSendRequest({ request, context }: GraphQLDataSourceProcessOptions<Context>) {
      request.http?.headers.set('authorization', context.authorization ?? '');
    }
  }
  const gateway = new ApolloGateway({
    supergraphSdl: composeSupergraph([...subgraphs.values()]).sdl,
    buildService: ({ name }) =>
      urls === undefined
        ? new LocalGraphQLDataSource(subgraphs.get(name)!.schema)
        : new Remote({ url: urls[name as SubgraphName] }),
  });
  const server = new ApolloServer<{ authorization?: string }>({ gateway, introspection: true });
  const { url } = await startStandaloneServer(server, {
    listen: { port: 0, host: '127.0.0.1' },
    context: async ({ req }) =>
      req.headers.authorization === undefined ? {} : { authorization: req.headers.authorization },
  });
  return Number(new URL(url).port);
}

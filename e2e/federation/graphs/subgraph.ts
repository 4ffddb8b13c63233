import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLSchema, parse } from 'graphql';

/** A subgraph of a test graph: its schema runs in the process, its SDL is composed. */
export interface TestSubgraph {
  readonly name: string;
  readonly sdl: string;
  readonly schema: GraphQLSchema;
}

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
  "@key", "@external", "@requires", "@provides", "@shareable", "@override", "@inaccessible", "@interfaceObject", "@tag"
])`;

type Resolvers = NonNullable<Extract<Parameters<typeof buildSubgraphSchema>[0], { resolvers?: unknown }>['resolvers']>;

export function subgraph(name: string, typeDefs: string, resolvers: Resolvers): TestSubgraph {
  const sdl = `${LINK}\n${typeDefs}`;
  return { name, sdl, schema: buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers }]) };
}

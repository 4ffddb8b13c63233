import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLSchema, parse } from 'graphql';

/**
 * The graph that public benchmarks of federated gateways use: accounts, inventory, products and reviews, with the same types and the
 * same sort of data. Written from its description.
 */
export interface BenchSubgraph {
  readonly name: string;
  readonly sdl: string;
  readonly schema: GraphQLSchema;
}

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@external", "@requires", "@shareable"])';

const users = Array.from({ length: 6 }, (_, index) => ({
  id: String(index + 1),
  name: `Name ${index + 1}`,
  username: `user-${index + 1}`,
  birthday: 1_000_000 + index,
}));
const products = Array.from({ length: 9 }, (_, index) => ({
  upc: String(index + 1),
  name: `Product ${index + 1}`,
  price: 100 * (index + 1),
  weight: 10 * ((index * 7) % 11) + 5,
}));
const reviews = Array.from({ length: 11 }, (_, index) => ({
  id: String(index + 1),
  body: `What review ${index + 1} says of its product`,
  authorId: String((index % 2) + 1),
  upc: String((index % 4) + 1),
}));

const definitions = {
  accounts: {
    sdl: `type Query { me: User user(id: ID!): User users: [User] }
      type User @key(fields: "id") { id: ID! name: String username: String birthday: Int }`,
    resolvers: {
      Query: {
        me: () => users[0],
        user: (_: unknown, { id }: { id: string }) => users.find((user) => user.id === id),
        users: () => users,
      },
      User: { __resolveReference: ({ id }: { id: string }) => users.find((user) => user.id === id) },
    },
  },
  inventory: {
    sdl: `type Product @key(fields: "upc") {
        upc: String! weight: Int @external price: Int @external inStock: Boolean
        shippingEstimate: Int @requires(fields: "price weight")
      }`,
    resolvers: {
      Product: {
        __resolveReference: (reference: object) => reference,
        inStock: ({ upc }: { upc: string }) => Number(upc) % 2 === 1,
        shippingEstimate: ({ price, weight }: { price: number; weight: number }) =>
          (price > 1_000 ? 0 : weight / 2) | 0,
      },
    },
  },
  products: {
    sdl: `type Query { topProducts(first: Int = 5): [Product] }
      type Product @key(fields: "upc") { upc: String! name: String price: Int weight: Int }`,
    resolvers: {
      Query: { topProducts: (_: unknown, { first }: { first: number }) => products.slice(0, first) },
      Product: { __resolveReference: ({ upc }: { upc: string }) => products.find((product) => product.upc === upc) },
    },
  },
  reviews: {
    sdl: `type Review @key(fields: "id") { id: ID! body: String author: User product: Product }
      type User @key(fields: "id") { id: ID! reviews: [Review] }
      type Product @key(fields: "upc") { upc: String! reviews: [Review] }`,
    resolvers: {
      Review: {
        __resolveReference: ({ id }: { id: string }) => reviews.find((review) => review.id === id),
        author: ({ authorId }: { authorId: string }) => ({ __typename: 'User', id: authorId }),
        product: ({ upc }: { upc: string }) => ({ __typename: 'Product', upc }),
      },
      User: { reviews: ({ id }: { id: string }) => reviews.filter(({ authorId }) => authorId === id) },
      Product: { reviews: ({ upc }: { upc: string }) => reviews.filter((review) => review.upc === upc) },
    },
  },
};

export type SubgraphName = keyof typeof definitions;
export const subgraphNames = Object.keys(definitions) as SubgraphName[];

export function benchSubgraph(name: SubgraphName): BenchSubgraph {
  const { sdl: types, resolvers } = definitions[name];
  const sdl = `${LINK}\n${types}`;
  return { name, sdl, schema: buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: resolvers as never }]) };
}

/** By name, from one subgraph's root field to the sixteen fetches of the public benchmark. */
export const operations = {
  two: '{ me { name reviews { body } } }',
  three: 'query Three { topProducts(first: 5) { name price reviews { body author { name username } } } }',
  heavy: `
    fragment User on User { id username name }
    fragment Review on Review { id body }
    fragment Product on Product { inStock name price shippingEstimate upc weight }
    query Heavy {
      users {
        ...User
        reviews {
          ...Review
          product { ...Product reviews { ...Review author { ...User reviews { ...Review product { ...Product } } } } }
        }
      }
      topProducts {
        ...Product
        reviews { ...Review author { ...User reviews { ...Review product { ...Product } } } }
      }
    }`,
} as const;

export type OperationName = keyof typeof operations;

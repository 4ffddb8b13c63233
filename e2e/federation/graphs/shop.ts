import { GraphQLError } from 'graphql';
import { subgraph, type TestSubgraph } from './subgraph.js';

/**
 * A shop over five subgraphs, with most of what federation has: entities by two keys and by a nested one, interfaces and interface
 * objects, unions, `@requires`, `@provides`, shared value types, lists with holes, fields that fail now and then.
 */
export function shopGraph({ interfaceObjects = true } = {}): TestSubgraph[] {
  const graph = [accounts(), products(), reviews(), inventory()];
  return interfaceObjects ? [...graph, warehouse()] : graph;
}

const USERS = ['1', '2', '3', '4', '5'];
const NAMES = ['Ada', 'Bo', 'Cy', 'Di', 'Ed'];
const at = (id: string, of: readonly string[]) => of[Number(id) - 1];

const user = (id: string | undefined) =>
  id !== undefined && USERS.includes(id) ? { __typename: 'User', id, email: `${at(id, NAMES)}@example.org` } : null;

function failing(what: string): never {
  throw new GraphQLError(`No ${what} here.`, { extensions: { code: 'UNAVAILABLE' } });
}

function accounts(): TestSubgraph {
  return subgraph(
    'accounts',
    `
    scalar JSON
    enum Role { ADMIN MEMBER SECRET @inaccessible }
    type User @key(fields: "id") @key(fields: "email") {
      id: ID!
      email: String!
      name(upper: Boolean = false): String
      nick: String!
      role: Role
      settings: JSON
      bestFriend: User
      friends(first: Int = 2): [User!]
      maybeFriends: [User]
      account: Account
      address: Address @shareable
    }
    type Address @shareable { city: String zip: String }
    union Account = Personal | Business
    type Personal { owner: User since: Int }
    type Business { owner: User company: String! vat: Float }
    input Filter { role: Role, ids: [ID!] = ["1", "2"], deep: Filter }
    type Query {
      me: User
      user(id: ID!): User
      users(first: Int = 3, filter: Filter): [User!]!
      accounts: [Account]
      ping: String! @shareable
    }
    type Mutation { rename(id: ID!, name: String!): User refuse(id: ID!): User! }
    type Subscription { userChanged(ids: [ID!]!): User }
    `,
    {
      User: {
        __resolveReference: (ref: { id?: string; email?: string }) =>
          user(ref.id ?? USERS.find((id) => user(id)?.email === ref.email)),
        name: ({ id }: { id: string }, { upper }: { upper: boolean }) =>
          upper ? at(id, NAMES)?.toUpperCase() : at(id, NAMES),
        nick: ({ id }: { id: string }) => (id === '4' ? failing('nick') : `${at(id, NAMES)}y`),
        role: ({ id }: { id: string }) => (id === '1' ? 'ADMIN' : id === '5' ? null : 'MEMBER'),
        settings: ({ id }: { id: string }) => ({ theme: id, nested: [{ id }, null] }),
        bestFriend: ({ id }: { id: string }) => user(String(Number(id) + 1)),
        friends: ({ id }: { id: string }, { first }: { first: number }) =>
          id === '5'
            ? null
            : USERS.filter((other) => other !== id)
                .slice(0, first)
                .map(user),
        maybeFriends: ({ id }: { id: string }) => [user('1'), null, user(id)],
        account: ({ id }: { id: string }) => account(id),
        address: ({ id }: { id: string }) => (id === '3' ? null : { city: `City ${id}`, zip: `Z${id}` }),
      },
      Query: {
        me: () => user('1'),
        user: (_: unknown, { id }: { id: string }) => user(id),
        users: (_: unknown, { first, filter }: { first: number; filter?: { ids: string[] } }) =>
          (filter?.ids ?? USERS).slice(0, first).flatMap((id) => user(id) ?? []),
        accounts: () => ['1', '2', '3', '5'].map(account),
        ping: () => 'pong',
      },
      Mutation: {
        rename: (_: unknown, { id }: { id: string }) => user(id),
        refuse: () => failing('permission'),
      },
      Subscription: {
        userChanged: {
          subscribe: async function* (_: unknown, { ids }: { ids: string[] }) {
            for (const id of ids) yield { userChanged: user(id) };
          },
        },
      },
    } as never,
  );
}

const account = (id: string) =>
  id === '5'
    ? null
    : Number(id) % 2 === 0
      ? { __typename: 'Business', owner: user(id), company: `Co ${id}`, vat: 0.2 }
      : { __typename: 'Personal', owner: user(id), since: 2000 + Number(id) };

const PRODUCTS = ['b1', 'b2', 'f1', 'f2', 'b3'];
const product = (id: string | undefined) =>
  id !== undefined && PRODUCTS.includes(id) ? { __typename: id.startsWith('b') ? 'Book' : 'Film', id } : null;

function products(): TestSubgraph {
  return subgraph(
    'products',
    `
    interface Product @key(fields: "id") { id: ID! title(short: Boolean): String price: Money related: [Product] }
    type Money @shareable { amount: Int! currency: String! }
    type Dimensions @shareable { size: Int weight: Int! }
    type Book implements Product @key(fields: "id") {
      id: ID! title(short: Boolean): String price: Money related: [Product]
      pages: Int
      dimensions: Dimensions
      author: User
    }
    type Film implements Product @key(fields: "id") {
      id: ID! title(short: Boolean): String price: Money related: [Product]
      minutes: Int!
      dimensions: Dimensions
      author: User
      cast: [[User]]
    }
    type Place @key(fields: "shelf { row at }") { shelf: Shelf! label: String }
    type Shelf @shareable { row: Int! at: String! }
    type User @key(fields: "email") { email: String! wishes: [Product!] favourite: Product! address: Address @shareable }
    type Address @shareable { city: String zip: String }
    union Found = Book | Film | User
    type Query {
      product(id: ID!): Product
      products(ids: [ID!]): [Product]
      books: [Book!]!
      search(text: String): [Found]
      place(row: Int!): Place
      ping: String! @shareable
    }
    type Mutation { reprice(id: ID!, amount: Int!): Product }
    `,
    {
      Product: { __resolveReference: ({ id }: { id: string }) => product(id) },
      Book: {
        __resolveReference: ({ id }: { id: string }) => product(id),
        ...productFields,
        pages: ({ id }: { id: string }) => (id === 'b2' ? null : 100),
        author: ({ id }: { id: string }) => ({ email: user(id.slice(1))?.email }),
      },
      Film: {
        __resolveReference: ({ id }: { id: string }) => product(id),
        ...productFields,
        minutes: ({ id }: { id: string }) => (id === 'f2' ? null : 90),
        author: ({ id }: { id: string }) => (id === 'f1' ? { email: 'nobody@example.org' } : null),
        cast: () => [[{ email: user('1')?.email }, null], null, [], [{ email: user('4')?.email }]],
      },
      Place: { label: ({ shelf }: { shelf: { row: number } }) => `Row ${shelf.row}` },
      User: {
        __resolveReference: (ref: { email: string }) => (ref.email.startsWith('nobody') ? null : ref),
        wishes: ({ email }: { email: string }) => (email.startsWith('Bo') ? null : [product('b1'), product('f1')]),
        favourite: ({ email }: { email: string }) => (email.startsWith('Cy') ? failing('favourite') : product('f2')),
        address: ({ email }: { email: string }) => {
          const id = USERS.find((candidate) => user(candidate)?.email === email);
          return id === '3' ? null : { city: `City ${id}`, zip: `Z${id}` };
        },
      },
      Query: {
        product: (_: unknown, { id }: { id: string }) => product(id),
        products: (_: unknown, { ids }: { ids?: string[] }) => (ids ?? PRODUCTS).map(product),
        books: () => ['b1', 'b2', 'b3'].map(product),
        search: () => [
          product('b1'),
          { __typename: 'User', email: user('2')?.email },
          null,
          product('f1'),
          product('f2'),
        ],
        place: (_: unknown, { row }: { row: number }) => ({ shelf: { row, at: `${row}a` } }),
        ping: () => 'pong',
      },
      Mutation: { reprice: (_: unknown, { id }: { id: string }) => product(id) },
    } as never,
  );
}

const productFields = {
  title: ({ id }: { id: string }, { short }: { short?: boolean }) => (short ? id : `Title of ${id}`),
  price: ({ id }: { id: string }) =>
    id === 'b3' ? null : { amount: id.length * 100 + Number(id[1]), currency: 'EUR' },
  related: ({ id }: { id: string }) => (id === 'f2' ? null : [product('f1'), null, product(id)]),
  dimensions: ({ id }: { id: string }) =>
    id === 'b1' ? { size: 1, weight: 2 } : id === 'b2' ? { size: 3, weight: null } : null,
};

function reviews(): TestSubgraph {
  return subgraph(
    'reviews',
    `
    type Review @key(fields: "id") {
      id: ID! body: String stars: Int!
      author: User @provides(fields: "email")
      product: Product
      place: Place
    }
    type User @key(fields: "id") { id: ID! email: String! @external reviews(first: Int): [Review!] latest: Review! score: Float }
    interface Product { id: ID! reviews: [Review] }
    type Book implements Product @key(fields: "id") { id: ID! reviews: [Review] stars: Float }
    type Film implements Product @key(fields: "id") { id: ID! reviews: [Review] stars: Float! }
    type Place @key(fields: "shelf { row at }") { shelf: Shelf! visits: Int }
    type Shelf @shareable { row: Int! at: String! }
    type Query { reviews: [Review!]! review(id: ID!): Review topReview: Review! }
    type Subscription { reviewAdded: Review }
    `,
    {
      Review: {
        __resolveReference: ({ id }: { id: string }) => review(id),
      },
      User: {
        __resolveReference: async (ref: { id: string }) => (ref.id === '3' ? failing('user') : ref),
        reviews: ({ id }: { id: string }, { first }: { first?: number }) =>
          id === '2' ? null : ['1', '2', '3'].slice(0, first ?? 2).map(review),
        latest: ({ id }: { id: string }) => (id === '1' ? null : review('2')),
        score: ({ id }: { id: string }) => Number(id) / 2,
      },
      Product: { __resolveType: ({ id }: { id: string }) => product(id)?.__typename },
      Book: {
        __resolveReference: ({ id }: { id: string }) => (id === 'b2' ? null : { id }),
        reviews: () => [review('1'), null, review('3')],
        stars: ({ id }: { id: string }) => (id === 'b1' ? failing('stars') : 4.5),
      },
      Film: {
        reviews: ({ id }: { id: string }) => (id === 'f1' ? [] : [review('4')]),
        stars: ({ id }: { id: string }) => (id === 'f2' ? failing('stars') : 3),
      },
      Place: { visits: ({ shelf }: { shelf: { row: number; at: string } }) => shelf.row * 10 + shelf.at.length },
      Query: {
        reviews: () => ['1', '2', '3', '4'].map(review),
        review: (_: unknown, { id }: { id: string }) => review(id),
        topReview: () => review('1'),
      },
      Subscription: {
        reviewAdded: {
          subscribe: async function* () {
            for (const id of ['1', '2', '9', '3']) yield { reviewAdded: review(id) };
          },
        },
      },
    } as never,
  );
}

const REVIEWED = ['b1', 'f1', 'b3', 'f2'];
const review = (id: string) =>
  ['1', '2', '3', '4'].includes(id)
    ? {
        __typename: 'Review',
        id,
        body: id === '3' ? null : `Review ${id}`,
        stars: Number(id),
        author: id === '4' ? null : user(id),
        product: product(at(id, REVIEWED)),
        place: id === '2' ? null : { shelf: { row: Number(id), at: 'x' } },
      }
    : null;

function inventory(): TestSubgraph {
  return subgraph(
    'inventory',
    `
    type Money @shareable { amount: Int! currency: String! }
    type Dimensions @shareable { size: Int weight: Int! }
    type Book @key(fields: "id") {
      id: ID!
      price: Money @external
      dimensions: Dimensions @external
      shipping: Int @requires(fields: "price { amount currency } dimensions { weight }")
      insured(more: Boolean): Boolean! @requires(fields: "price { amount }")
    }
    `,
    {
      Book: {
        __resolveReference: (ref: { id: string }) => ref,
        shipping: (book: { price?: { amount: number }; dimensions?: { weight: number } }) =>
          (book.price?.amount ?? 0) + (book.dimensions?.weight ?? 0),
        insured: (book: { price?: { amount: number } }, { more }: { more?: boolean }) =>
          (book.price?.amount ?? 0) > (more ? 1_000 : 10),
      },
    } as never,
  );
}

function warehouse(): TestSubgraph {
  return subgraph(
    'warehouse',
    `
    type Product @interfaceObject @key(fields: "id") { id: ID! shelfmark: String stock: Int! }
    type Query { stocked: [Product!]! }
    `,
    {
      Product: {
        __resolveReference: (ref: { id: string }) => ref,
        shelfmark: ({ id }: { id: string }) => `S-${id}`,
        stock: ({ id }: { id: string }) => (id === 'b3' ? failing('stock') : id.length),
      },
      Query: { stocked: () => ['b1', 'f1', 'b2'].map((id) => ({ id })) },
    } as never,
  );
}

/** Arguments of the shop that find something. */
export const SHOP_VALUES = {
  id: ['1', '2', '3', '4', '5', 'b1', 'b2', 'b3', 'f1', 'f2', 'x'],
  ids: ['1', '2', '3', 'b1', 'b2', 'f1', 'f2', 'x'],
  first: [0, 1, 2, 3],
} as const;

import { describe, expect, it } from 'vitest';
import { federate } from './federate.js';

describe('@key', () => {
  it('leads over a subgraph that knows both keys, where no single key connects two', async () => {
    const graph = federate({
      a: ['type Query { a: T } type T @key(fields: "id") { id: ID! }', { Query: { a: () => ({ id: '1' }) } }],
      b: [
        'type T @key(fields: "id") @key(fields: "sku") { id: ID! sku: String! }',
        { T: { __resolveReference: ({ id }: { id: string }) => ({ id, sku: `sku-${id}` }) } },
      ],
      c: [
        'type T @key(fields: "sku") { sku: String! price: Int }',
        { T: { __resolveReference: ({ sku }: { sku: string }) => ({ sku, price: sku.length }) } },
      ],
    });
    expect(await graph.run('{ a { price } }')).toEqual({
      data: { a: { price: 5 } },
      errors: [],
      asked: ['a', 'b', 'c'],
    });
  });

  it('of several and nested fields, with a list among them', async () => {
    const seen: unknown[] = [];
    const graph = federate({
      a: [
        `type Query { orders: [Order!]! }
         type Order @key(fields: "number shop { region { code } tags }") { number: Int! shop: Shop! }
         type Shop @shareable { region: Region! tags: [String!]! name: String } type Region @shareable { code: ID! }`,
        {
          Query: {
            orders: () =>
              [1, 2, 1].map((number) => ({ number, shop: { region: { code: 'eu' }, tags: ['x', 'y'], name: 'n' } })),
          },
        },
      ],
      b: [
        `type Order @key(fields: "number shop { region { code } tags }") { number: Int! shop: Shop! total: Int }
         type Shop @shareable { region: Region! tags: [String!]! } type Region @shareable { code: ID! }`,
        {
          Order: {
            __resolveReference: (reference: { number: number }) => {
              seen.push(JSON.parse(JSON.stringify(reference)));
              return { ...reference, total: reference.number * 10 };
            },
          },
        },
      ],
    });
    const { data } = await graph.run('{ orders { total shop { name } } }');
    expect(data).toEqual({ orders: [10, 20, 10].map((total) => ({ total, shop: { name: 'n' } })) });
    const shop = { region: { code: 'eu' }, tags: ['x', 'y'] };
    expect(seen).toEqual([1, 2].map((number) => ({ __typename: 'Order', number, shop })));
  });

  it('that is not resolvable there is resolved elsewhere', async () => {
    const graph = federate({
      a: [
        'type Query { a: T } type T @key(fields: "id", resolvable: false) { id: ID! }',
        { Query: { a: () => ({ id: '7' }) } },
      ],
      b: [
        'type T @key(fields: "id") { id: ID! b: ID }',
        { T: { __resolveReference: ({ id }: { id: string }) => ({ id, b: id }) } },
      ],
    });
    expect(await graph.run('{ a { b } }')).toMatchObject({ data: { a: { b: '7' } }, asked: ['a', 'b'] });
  });

  it('finds entities in lists of lists, and leaves the holes where they are', async () => {
    const graph = federate({
      a: [
        'type Query { grid: [[T]!] } type T @key(fields: "id") { id: ID! }',
        { Query: { grid: () => [[{ id: '1' }, null], [], [{ id: '2' }, { id: '1' }]] } },
      ],
      b: [
        'type T @key(fields: "id") { id: ID! n: Int }',
        { T: { __resolveReference: ({ id }: { id: string }) => ({ id, n: Number(id) }) } },
      ],
    });
    expect((await graph.run('{ grid { n } }')).data).toEqual({ grid: [[{ n: 1 }, null], [], [{ n: 2 }, { n: 1 }]] });
  });

  it('of an entity that the other subgraph does not know gives nulls as far up as the types say', async () => {
    const graph = federate({
      a: [
        'type Query { all: [T] must: [T!] } type T @key(fields: "id") { id: ID! }',
        { Query: { all: () => [{ id: '1' }, { id: '2' }], must: () => [{ id: '1' }, { id: '2' }] } },
      ],
      b: [
        'type T @key(fields: "id") { id: ID! may: Int need: Int! }',
        { T: { __resolveReference: ({ id }: { id: string }) => (id === '2' ? null : { id, may: 1, need: 1 }) } },
      ],
    });
    expect(await graph.run('{ all { id may } }')).toMatchObject({
      data: {
        all: [
          { id: '1', may: 1 },
          { id: '2', may: null },
        ],
      },
      errors: [],
    });
    expect(await graph.run('{ all { need } }')).toMatchObject({
      data: { all: [{ need: 1 }, null] },
      errors: ['INTERNAL_SERVER_ERROR at all.1.need'],
    });
    expect(await graph.run('{ must { need } }')).toMatchObject({
      data: { must: null },
      errors: ['INTERNAL_SERVER_ERROR at must.1.need'],
    });
  });
});

describe('a subgraph', () => {
  it('may call its root types as it likes', async () => {
    const graph = federate({
      a: [
        'schema { query: Asking mutation: Changing } type Asking { a: Int } type Changing { set: T } type T @key(fields: "id") { id: ID! back: Asking }',
        { Asking: { a: () => 1 }, Changing: { set: () => ({ id: '1', back: {} }) } },
      ],
      b: ['type Query { b: Int }', { Query: { b: () => 2 } }],
    });
    expect((await graph.run('{ __typename a b }')).data).toEqual({ __typename: 'Query', a: 1, b: 2 });
    expect((await graph.run('mutation { __typename set { back { __typename a b } } }')).data).toEqual({
      __typename: 'Mutation',
      set: { back: { __typename: 'Query', a: 1, b: 2 } },
    });
  });
});

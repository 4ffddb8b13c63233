import { describe, expect, it } from 'vitest';
import { federate } from './federate.js';

describe('@interfaceObject', () => {
  const media: Record<string, object> = {
    '1': { __typename: 'Book', id: '1', title: 'A book', pages: 3 },
    '2': { __typename: 'Film', id: '2', title: 'A film', minutes: 90 },
  };
  const graph = federate({
    a: [
      `type Query { media: [Media] }
       interface Media @key(fields: "id") { id: ID! title: String }
       type Book implements Media @key(fields: "id") { id: ID! title: String pages: Int }
       type Film implements Media @key(fields: "id") { id: ID! title: String minutes: Int }`,
      {
        Query: { media: () => Object.values(media) },
        Media: { __resolveReference: ({ id }: { id: string }) => media[id] },
        Book: { __resolveReference: ({ id }: { id: string }) => media[id] },
        Film: { __resolveReference: ({ id }: { id: string }) => media[id] },
      },
    ],
    b: [
      'type Query { top: Media } type Media @interfaceObject @key(fields: "id") { id: ID! stars: Int }',
      {
        Query: { top: () => ({ id: '2', stars: 4 }) },
        Media: { __resolveReference: ({ id }: { id: string }) => ({ id, stars: Number(id) * 2 }) },
      },
    ],
  });

  it('adds a field to every type of the interface', async () => {
    expect((await graph.run('{ media { id stars ... on Book { pages } } }')).data).toEqual({
      media: [
        { id: '1', stars: 2, pages: 3 },
        { id: '2', stars: 4 },
      ],
    });
  });

  it('keeps the type of an object that such a subgraph was asked about', async () => {
    const query = '{ media { stars __typename ... on Film { kind: __typename stars minutes } ... on Book { pages } } }';
    expect((await graph.run(query)).data).toEqual({
      media: [
        { stars: 2, __typename: 'Book', pages: 3 },
        { stars: 4, __typename: 'Film', kind: 'Film', minutes: 90 },
      ],
    });
  });

  it('has the type of its own objects found out where that matters', async () => {
    expect(await graph.run('{ top { id stars } }')).toMatchObject({
      data: { top: { id: '2', stars: 4 } },
      asked: ['b'],
    });
    expect(await graph.run('{ top { __typename title stars ... on Film { minutes } } }')).toMatchObject({
      data: { top: { __typename: 'Film', title: 'A film', stars: 4, minutes: 90 } },
      errors: [],
    });
  });
});

describe('interfaces and unions', () => {
  const graph = federate({
    a: [
      `type Query { found: [Found] nodes: [Node!] }
       interface Node { id: ID! }
       union Found = Cat | Dog
       type Cat implements Node @key(fields: "id") { id: ID! owner: Person }
       type Dog implements Node @key(fields: "id") { id: ID! owner: Person }
       type Person @key(fields: "id") { id: ID! }`,
      {
        Query: {
          found: () => [
            { __typename: 'Cat', id: 'c', owner: { id: '1' } },
            { __typename: 'Dog', id: 'd', owner: { id: '1' } },
            null,
          ],
          nodes: () => [
            { __typename: 'Cat', id: 'c', owner: { id: '2' } },
            { __typename: 'Dog', id: 'd', owner: { id: '2' } },
          ],
        },
      },
    ],
    b: [
      `interface Node { id: ID! }
       type Cat implements Node @key(fields: "id") { id: ID! lives: Int! name: String! }
       type Dog implements Node @key(fields: "id") { id: ID! tricks: [String!] name: String }
       type Bird implements Node @key(fields: "id") { id: ID! wings: Int }
       type Person @key(fields: "id") { id: ID! first: String last: String }
       union Found = Bird`,
      {
        Cat: { __resolveReference: ({ id }: { id: string }) => ({ id, lives: 9, name: 'Cat' }) },
        Dog: { __resolveReference: ({ id }: { id: string }) => ({ id, tricks: ['sit'], name: null }) },
        Person: { __resolveReference: ({ id }: { id: string }) => ({ id, first: `First ${id}`, last: `Last ${id}` }) },
      },
    ],
  });

  it('have fields of their types in other subgraphs', async () => {
    expect(
      (await graph.run('{ found { __typename ... on Cat { lives } ... on Dog { tricks } ... on Bird { wings } } }'))
        .data,
    ).toEqual({
      found: [{ __typename: 'Cat', lives: 9 }, { __typename: 'Dog', tricks: ['sit'] }, null],
    });
    expect((await graph.run('{ nodes { id ... on Cat { lives } ... on Dog { tricks } } }')).data).toEqual({
      nodes: [
        { id: 'c', lives: 9 },
        { id: 'd', tricks: ['sit'] },
      ],
    });
  });

  it('may have fields under one name whose types differ by type', async () => {
    expect((await graph.run('{ found { ... on Cat { label: name } ... on Dog { tag: name } } }')).data).toEqual({
      found: [{ label: 'Cat' }, { tag: null }, null],
    });
  });

  it('may give one key different meanings by type, below an entity too', async () => {
    const query = '{ found { ... on Cat { owner { name: first } } ... on Dog { owner { name: last } } } }';
    expect((await graph.run(query)).data).toEqual({
      found: [{ owner: { name: 'First 1' } }, { owner: { name: 'Last 1' } }, null],
    });
  });
});

describe('enums', () => {
  it('have all values of all subgraphs where they only come out', async () => {
    const graph = federate({
      a: ['type Query { a: Colour } enum Colour { RED GREEN }', { Query: { a: () => 'GREEN' } }],
      b: ['type Query { b: Colour } enum Colour { RED BLUE }', { Query: { b: () => 'BLUE' } }],
    });
    expect((await graph.run('{ a b }')).data).toEqual({ a: 'GREEN', b: 'BLUE' });
  });

  it('take only what every subgraph knows where they only go in', async () => {
    const graph = federate({
      a: [
        'type Query { a(of: Colour = RED): String } enum Colour { RED GREEN }',
        { Query: { a: (_: unknown, { of }: { of: string }) => of } },
      ],
      b: [
        'type Query { b(of: Colour): String } enum Colour { RED BLUE }',
        { Query: { b: (_: unknown, { of }: { of: string }) => of } },
      ],
    });
    expect((await graph.run('query($c: Colour) { a b(of: $c) }', { c: 'RED' })).data).toEqual({ a: 'RED', b: 'RED' });
    expect((await graph.run('query($c: Colour) { b(of: $c) }', { c: 'BLUE' })).errors).toEqual([
      'BAD_USER_INPUT at the operation',
    ]);
  });
});

describe('conditions', () => {
  it('on fragments with fields of other subgraphs decide what is asked', async () => {
    const graph = federate({
      a: ['type Query { t: T } type T @key(fields: "id") { id: ID! }', { Query: { t: () => ({ id: '1' }) } }],
      b: ['type T @key(fields: "id") { id: ID! b: Int }', { T: { __resolveReference: () => ({ b: 1 }) } }],
      c: ['type T @key(fields: "id") { id: ID! c: Int }', { T: { __resolveReference: () => ({ c: 2 }) } }],
    });
    const query =
      'query($b: Boolean!, $c: Boolean = true) { t { ... @include(if: $b) { b } ...C @skip(if: $c) } } fragment C on T { c }';
    expect(await graph.run(query, { b: true })).toMatchObject({ data: { t: { b: 1 } }, asked: ['a', 'b'] });
    expect(await graph.run(query, { b: false, c: false })).toMatchObject({ data: { t: { c: 2 } }, asked: ['a', 'c'] });
    expect(await graph.run(query, { b: false })).toMatchObject({ data: { t: {} }, asked: ['a'] });
  });
});

import { describe, expect, it } from 'vitest';
import { federate } from './federate.js';

const byId = (fields: (id: string) => object) => ({
  __resolveReference: (reference: { id: string }) => ({ ...reference, ...fields(reference.id) }),
});

describe('@requires', () => {
  const graph = federate({
    a: [
      `type Query { things: [Thing!]! }
       type Thing @key(fields: "id") { id: ID! size(unit: String = "cm"): Int parts: [Part!] }
       type Part @shareable { weight: Int material: String }`,
      {
        Query: { things: () => ['1', '2', '3'].map((id) => ({ id })) },
        Thing: {
          size: ({ id }: { id: string }) => (id === '2' ? null : Number(id) * 10),
          parts: ({ id }: { id: string }) => (id === '3' ? null : [{ weight: 1 }, { weight: Number(id) }]),
        },
      },
    ],
    b: [
      `type Thing @key(fields: "id") { id: ID! size(unit: String = "cm"): Int @external parts: [Part!] @external
         load: Int @requires(fields: "size parts { weight }") }
       type Part @shareable { weight: Int }`,
      {
        Thing: {
          ...byId(() => ({})),
          load: ({ size, parts }: { size: number | null; parts: { weight: number }[] | null }) =>
            (size ?? 0) + (parts ?? []).reduce((sum, { weight }) => sum + weight, 0),
        },
      },
    ],
    c: [
      'type Thing @key(fields: "id") { id: ID! load: Int @external price: Int @requires(fields: "load") }',
      { Thing: { ...byId(() => ({})), price: ({ load }: { load: number }) => load * 2 } },
    ],
  });

  it('brings nested fields, nulls included, and does not show them', async () => {
    expect(await graph.run('{ things { load } }')).toEqual({
      data: { things: [{ load: 12 }, { load: 3 }, { load: 30 }] },
      errors: [],
      asked: ['a', 'b'],
    });
  });

  it('goes through a field that itself requires others', async () => {
    expect(await graph.run('{ things { price } }')).toMatchObject({
      data: { things: [{ price: 24 }, { price: 6 }, { price: 60 }] },
      asked: ['a', 'b', 'c'],
    });
  });

  it('is not disturbed by an alias that is the name of what is required, or of a key', async () => {
    expect(
      (
        await graph.run(
          '{ things { size: id load parts { weight: material } } same: things { id: load __typename: id } }',
        )
      ).data,
    ).toEqual({
      things: [
        { size: '1', load: 12, parts: [{ weight: null }, { weight: null }] },
        { size: '2', load: 3, parts: [{ weight: null }, { weight: null }] },
        { size: '3', load: 30, parts: null },
      ],
      same: ['1', '2', '3'].map((id, index) => ({ id: [12, 3, 30][index], __typename: id })),
    });
  });
});

describe('@requires of a field that takes arguments', () => {
  it('is of its defaults, whatever the client gives', async () => {
    const graph = federate({
      a: [
        'type Query { t: T } type T @key(fields: "id") { id: ID! size(unit: String = "cm"): Int }',
        {
          Query: { t: () => ({ id: '1' }) },
          T: { size: (_: unknown, { unit }: { unit: string }) => (unit === 'cm' ? 100 : 1) },
        },
      ],
      b: [
        'type T @key(fields: "id") { id: ID! size(unit: String = "cm"): Int @external load: Int @requires(fields: "size") }',
        { T: { ...byId(() => ({})), load: ({ size }: { size: number }) => size * 2 } },
      ],
    });
    expect((await graph.run('{ t { size(unit: "m") load } }')).data).toEqual({ t: { size: 1, load: 200 } });
  });
});

describe('@provides', () => {
  it('spares the fetch on the path that provides, and only there', async () => {
    const graph = federate({
      a: [
        'type Query { users: [User] } type User @key(fields: "id") { id: ID! name: String @shareable }',
        { Query: { users: () => [{ id: '1', name: 'a' }] }, User: byId(() => ({ name: 'a' })) },
      ],
      b: [
        'type Query { author: User @provides(fields: "name") editor: User } type User @key(fields: "id") { id: ID! name: String @external }',
        { Query: { author: () => ({ id: '1', name: 'b' }), editor: () => ({ id: '1' }) } },
      ],
    });
    expect(await graph.run('{ author { name } }')).toMatchObject({ data: { author: { name: 'b' } }, asked: ['b'] });
    expect(await graph.run('{ editor { name } }')).toMatchObject({
      data: { editor: { name: 'a' } },
      asked: ['b', 'a'],
    });
  });
});

describe('@shareable', () => {
  const graph = federate({
    a: [
      'type Query { t: T } type Place @shareable { x: Int! } type T @key(fields: "id") { id: ID! at: Place @shareable }',
      { Query: { t: () => ({ id: '1', at: { x: 1 } }) }, T: byId(() => ({ at: { x: 1 } })) },
    ],
    b: [
      'type Place @shareable { x: Int! y: Int! } type T @key(fields: "id") { id: ID! at: Place @shareable }',
      { T: byId(() => ({ at: { x: 1, y: 2 } })) },
    ],
  });

  it('joins a value type of which each subgraph has other fields', async () => {
    expect((await graph.run('{ t { at { x y } } }')).data).toEqual({ t: { at: { x: 1, y: 2 } } });
  });
});

describe('@override', () => {
  it('takes the field from where it went', async () => {
    const graph = federate({
      old: [
        'type Query { t: T } type T @key(fields: "id") { id: ID! f: String g: String }',
        { Query: { t: () => ({ id: '1', f: 'old', g: 'old' }) } },
      ],
      new: [
        'type T @key(fields: "id") { id: ID! f: String @override(from: "old") }',
        { T: byId(() => ({ f: 'new' })) },
      ],
    });
    expect(await graph.run('{ t { f g } }')).toMatchObject({
      data: { t: { f: 'new', g: 'old' } },
      asked: ['old', 'new'],
    });
  });

  it('that is being rolled out still takes it from where it was', async () => {
    const graph = federate({
      old: [
        'type Query { t: T } type T @key(fields: "id") { id: ID! f: String }',
        { Query: { t: () => ({ id: '1', f: 'old' }) } },
      ],
      new: [
        'type T @key(fields: "id") { id: ID! f: String @override(from: "old", label: "percent(1)") }',
        { T: byId(() => ({ f: 'new' })) },
      ],
    });
    expect((await graph.run('{ t { f } }')).data).toEqual({ t: { f: 'old' } });
  });
});

describe('@inaccessible', () => {
  const graph = federate({
    a: [
      `type Query { t: T any: [Any] level: Level levels: [Level!] }
       type T @key(fields: "secret") { secret: ID! @inaccessible open: Int }
       union Any = T | Hidden
       type Hidden @inaccessible { x: Int }
       enum Level { LOW HIGH @inaccessible }`,
      {
        Query: {
          t: () => ({ secret: '1', open: 1 }),
          any: () => [
            { __typename: 'T', secret: '1', open: 1 },
            { __typename: 'Hidden', x: 1 },
          ],
          level: () => 'HIGH',
          levels: () => ['LOW', 'HIGH'],
        },
      },
    ],
    b: [
      'type T @key(fields: "secret") { secret: ID! @inaccessible more: ID }',
      { T: { __resolveReference: ({ secret }: { secret: string }) => ({ secret, more: secret }) } },
    ],
  });

  it('fields lead to other subgraphs and are not there for clients', async () => {
    expect((await graph.run('{ t { open more } }')).data).toEqual({ t: { open: 1, more: '1' } });
    expect((await graph.run('{ t { secret } }')).errors).toEqual(['GRAPHQL_VALIDATION_FAILED at the operation']);
  });

  it('types and enum values that a subgraph answers all the same become null, unnamed', async () => {
    const { data, errors } = await graph.run('{ any { __typename } level levels }');
    expect(data).toEqual({ any: [{ __typename: 'T' }, null], level: null, levels: null });
    expect(errors).toEqual(['any.1', 'level', 'levels.1'].map((path) => `INTERNAL_SERVER_ERROR at ${path}`));
  });
});

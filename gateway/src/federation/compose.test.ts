import { describe, expect, it } from 'vitest';
import { CompositionError, composeSupergraph, hashSubgraphs, loadGraph } from './compose.js';

const a = { name: 'a', sdl: 'type Query { a: T } type T @key(fields: "id") { id: ID! }' };
const b = { name: 'b', sdl: 'type T @key(fields: "id") { id: ID! b: Int }' };

describe('composing', () => {
  it('names every reason why subgraphs do not fit', () => {
    const wrong = [
      { name: 'x', sdl: 'type Query { a: Int b: String }' },
      { name: 'y', sdl: 'type Query { a: String! b: Int }' },
    ];
    const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])';
    const federated = wrong.map(({ name, sdl }) => ({ name, sdl: `${LINK} ${sdl}` }));
    expect(() => composeSupergraph(federated)).toThrow(CompositionError);
    expect(() => composeSupergraph(federated)).toThrow(/INVALID_FIELD_SHARING.*"Query.a"(.|\n)*"Query.b"/);
  });

  it('names the subgraph whose SDL is broken', () => {
    expect(() => composeSupergraph([a, { name: 'broken', sdl: 'type {' }])).toThrow(/"broken" cannot be parsed/);
  });

  it('knows the same subgraphs in any order, and other ones', () => {
    expect(hashSubgraphs([a, b])).toBe(hashSubgraphs([b, a]));
    expect(hashSubgraphs([a])).not.toBe(hashSubgraphs([a, b]));
    expect(hashSubgraphs([{ name: 'ab', sdl: 'c' }])).not.toBe(hashSubgraphs([{ name: 'a', sdl: 'bc' }]));
  });

  it('takes a supergraph made earlier only of exactly these subgraphs', () => {
    const precomposed = composeSupergraph([a, b]);
    expect(loadGraph([b, a], precomposed).supergraphSdl).toBe(precomposed.sdl);
    expect(loadGraph([a], precomposed).apiSchema.getType('T')).not.toHaveProperty('_fields.b');
  });

  it('refuses what nothing here would enforce', () => {
    const sdl = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@authenticated"])
      type Query { secret: Int @authenticated }`;
    expect(() => loadGraph([{ name: 'a', sdl }])).toThrow(/authenticated/);
  });
});

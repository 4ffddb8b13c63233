import { GraphQLError, type ValidationRule } from 'graphql';
import { describe, expect, it } from 'vitest';
import { shopGraph } from '../../../e2e/federation/graphs/shop.js';
import { createEngine, type EngineOptions } from './engine.js';
import { InProcessSubgraphService } from './in-process.js';
import type { SubgraphRequest, SubgraphService } from './subgraph.js';

/** An engine over the shop that writes down what the subgraphs are asked. */
function shop(options: Partial<EngineOptions<object>> = {}) {
  const asked: (SubgraphRequest & { readonly subgraph: string })[] = [];
  const services = shopGraph().map((subgraph): SubgraphService<object> => {
    const service = new InProcessSubgraphService<object>(subgraph);
    return {
      name: service.name,
      sdl: service.sdl,
      execute(request, context) {
        asked.push({ ...request, subgraph: service.name });
        return service.execute(request, context);
      },
      subscribe: (request, context) => service.subscribe(request, context),
    };
  });
  const engine = createEngine<object>({ services, ...options });
  const run = (query: string, variables?: Record<string, unknown>, operationName?: string) =>
    engine.execute({ query, variables, operationName }, {});
  const json = async (query: string, variables?: Record<string, unknown>) =>
    JSON.stringify(await run(query, variables));
  return { engine, asked, run, json };
}

const { engine, asked, run, json } = shop();

describe('a request that is wrong', () => {
  it('is told all of its validation errors at once', async () => {
    const { errors, data } = await run('{ nope me { nope } user { id } }');
    expect(data).toBeUndefined();
    expect(errors?.map(({ extensions }) => extensions['code'])).toEqual(Array(3).fill('GRAPHQL_VALIDATION_FAILED'));
  });

  it.each([
    ['{ me { id ', undefined, 'GRAPHQL_PARSE_FAILED'],
    ['', undefined, 'GRAPHQL_PARSE_FAILED'],
    ['query A { ping } query B { ping }', undefined, 'OPERATION_RESOLUTION_FAILURE'],
    ['query A { ping }', 'C', 'OPERATION_RESOLUTION_FAILURE'],
    ['subscription { reviewAdded { id } }', undefined, 'BAD_USER_INPUT'],
  ])('%s (operation %s) is %s', async (query, operationName, code) => {
    const { errors, data } = await run(query, {}, operationName);
    expect(errors?.map(({ extensions }) => extensions['code'])).toEqual([code]);
    expect(data).toBeUndefined();
  });

  it('is told every variable that is bad, and reaches no subgraph', async () => {
    const before = asked.length;
    const { errors } = await run('query($id: ID!, $first: Int) { user(id: $id) { friends(first: $first) { id } } }', {
      first: 'x',
    });
    expect(errors?.map(({ extensions }) => extensions['code'])).toEqual(['BAD_USER_INPUT', 'BAD_USER_INPUT']);
    expect(asked.length).toBe(before);
  });

  it('gets the code that a rule of the server gives', async () => {
    const rule: ValidationRule = (context) => ({
      Field: (node) => context.reportError(new GraphQLError('No.', { nodes: node, extensions: { code: 'FORBIDDEN' } })),
    });
    const { errors } = await shop({ validationRules: [rule] }).run('{ ping }');
    expect(errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
  });
});

describe('variables', () => {
  it('go only to the subgraphs that use them, as they were sent', async () => {
    asked.length = 0;
    await run(
      'query($id: ID!, $upper: Boolean, $n: Int) { user(id: $id) { name(upper: $upper) reviews(first: $n) { id } } }',
      {
        id: 1,
        upper: true,
        n: 1,
      },
    );
    expect(asked.map(({ subgraph, variables }) => [subgraph, Object.keys(variables).sort()])).toEqual([
      ['accounts', ['id', 'upper']],
      ['reviews', ['n', 'representations']],
    ]);
    expect(asked[0]?.variables['id']).toBe(1);
  });

  it('may be named as the variable that fetches of entities have', async () => {
    expect(
      await json('query($representations: Int) { me { reviews(first: $representations) { id } } }', {
        representations: 1,
      }),
    ).toBe('{"data":{"me":{"reviews":[{"id":"1"}]}}}');
  });

  it('decide by their defaults what is left out', async () => {
    const query =
      'query($a: Boolean! = false, $b: Boolean! = true) { me { score @include(if: $a) name @skip(if: $b) id } }';
    asked.length = 0;
    expect(await json(query)).toBe('{"data":{"me":{"id":"1"}}}');
    expect(asked.map(({ subgraph }) => subgraph)).toEqual(['accounts']);
    expect(await json(query, { a: true, b: false })).toBe('{"data":{"me":{"score":0.5,"name":"Ada","id":"1"}}}');
  });
});

describe('a response', () => {
  it('has its fields in the order of the operation, fragments and conditions included', async () => {
    const query = 'query($c: Boolean!) { me { id @include(if: $c) ...F name id } } fragment F on User { score email }';
    expect(await json(query, { c: true })).toBe(
      '{"data":{"me":{"id":"1","score":0.5,"email":"Ada@example.org","name":"Ada"}}}',
    );
    expect(await json(query, { c: false })).toBe(
      '{"data":{"me":{"score":0.5,"email":"Ada@example.org","name":"Ada","id":"1"}}}',
    );
  });

  it('takes any name for a key', async () => {
    const query =
      '{ __proto__: me { constructor: name toString: score hasOwnProperty: bestFriend { __proto__: score } } }';
    expect(await json(query)).toBe(
      '{"data":{"__proto__":{"constructor":"Ada","toString":0.5,"hasOwnProperty":{"__proto__":1}}}}',
    );
  });

  it('has errors in its own keys where the plan needs others', async () => {
    const { data, errors } = await run('{ id: user(id: "4") { email: nick, id: email } __typename: ping }');
    expect(JSON.stringify(data)).toBe('{"id":null,"__typename":"pong"}');
    expect(errors?.map(({ path }) => path)).toEqual([['id', 'email']]);
  });

  it('passes custom scalars through untouched', async () => {
    expect(await json('{ me { settings } }')).toBe(
      '{"data":{"me":{"settings":{"theme":"1","nested":[{"id":"1"},null]}}}}',
    );
  });

  it('shows introspection of what clients may see, beside data', async () => {
    expect(
      await json(
        'query($n: String!) { __type(name: $n) { enumValues { name } } me { id } secret: __type(name: "_Entity") { name } }',
        {
          n: 'Role',
        },
      ),
    ).toBe('{"data":{"__type":{"enumValues":[{"name":"ADMIN"},{"name":"MEMBER"}]},"me":{"id":"1"},"secret":null}}');
  });

  it('leaves introspection out that is skipped', async () => {
    expect(await json('query($s: Boolean!) { __schema @skip(if: $s) { queryType { name } } ping }', { s: true })).toBe(
      '{"data":{"ping":"pong"}}',
    );
  });

  it('names root types as clients know them', async () => {
    expect(await json('{ __typename }')).toBe('{"data":{"__typename":"Query"}}');
    expect(await json('mutation { t: __typename rename(id: "1", name: "x") { id } }')).toBe(
      '{"data":{"t":"Mutation","rename":{"id":"1"}}}',
    );
  });
});

describe('fetches', () => {
  it('ask for each entity once, wherever it stands', async () => {
    asked.length = 0;
    const { data } = await run('{ users(first: 5) { bestFriend { friends { score } } } }');
    const [request] = asked.filter(({ subgraph }) => subgraph === 'reviews');
    const ids = (request!.variables['representations'] as { id: string }[]).map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
    expect(JSON.stringify(data)).toContain('"friends":[{"score":0.5},{"score":1}]');
  });

  it('ask nobody where no entity was found', async () => {
    asked.length = 0;
    expect(await json('{ user(id: "nobody") { score } }')).toBe('{"data":{"user":null}}');
    expect(asked.map(({ subgraph }) => subgraph)).toEqual(['accounts']);
  });

  it('run the fields of a mutation one after the other', async () => {
    asked.length = 0;
    await run(
      'mutation { a: rename(id: "1", name: "a") { id } reprice(id: "b1", amount: 1) { id } b: rename(id: "2", name: "b") { id } }',
    );
    expect(asked.map(({ subgraph }) => subgraph)).toEqual(['accounts', 'products', 'accounts']);
  });
});

describe('errors', () => {
  it('carry the path, the code and the subgraph, beside what could be had', async () => {
    const { data, errors } = await run('{ users(first: 4) { id favourite { id } } ping }');
    expect(data).toBeNull();
    expect(errors?.map(({ path, extensions }) => ({ path, ...extensions }))).toEqual([
      { path: ['users', 2, 'favourite'], code: 'UNAVAILABLE', service: 'products' },
    ]);
  });

  it('come once for each place of an entity', async () => {
    const { errors } = await run(
      '{ users(first: 2) { maybeFriends { bestFriend { bestFriend { reviews { id } } } } } }',
    );
    expect(errors?.map(({ path }) => path?.join('.')).sort()).toEqual([
      'users.0.maybeFriends.0.bestFriend.bestFriend',
      'users.0.maybeFriends.2.bestFriend.bestFriend',
      'users.1.maybeFriends.0.bestFriend.bestFriend',
    ]);
  });

  it('say that a null is none that the schema allows, where no subgraph said why', async () => {
    const { data, errors } = await run(
      '{ book: product(id: "b2") { ... on Book { stars } } film: product(id: "x") { id } me { latest { id } } }',
    );
    expect(JSON.parse(JSON.stringify(data))).toEqual({ book: { stars: null }, film: null, me: null });
    expect(errors?.map(({ path, extensions }) => [path?.join('.'), extensions['code']])).toEqual([
      ['me.latest', 'DOWNSTREAM_SERVICE_ERROR'],
    ]);
  });

  it.each([
    [
      Object.assign(new Error('Come back later.'), { code: 'UNAVAILABLE', retryable: true, retryAfterMs: 50 }),
      'Come back later.',
      'UNAVAILABLE',
    ],
    [new Error('password is hunter2'), 'The subgraph "reviews" failed.', 'INTERNAL_SERVER_ERROR'],
    [
      Object.assign(new Error('connect 10.0.0.1'), { code: 'ECONNREFUSED' }),
      'The subgraph "reviews" failed.',
      'INTERNAL_SERVER_ERROR',
    ],
  ])('of a subgraph that does not answer (%s) leave the rest of the data', async (cause, message, code) => {
    const services = shopGraph().map((subgraph): SubgraphService<object> => {
      const service = new InProcessSubgraphService<object>(subgraph);
      if (service.name !== 'reviews') return service;
      return {
        ...service,
        name: service.name,
        sdl: service.sdl,
        subscribe: () => Promise.reject(cause),
        execute: () => Promise.reject(cause),
      };
    });
    const result = await createEngine<object>({ services }).execute(
      { query: '{ me { id score } topReview { id } }' },
      {},
    );
    expect(result.data).toBeNull();
    expect(
      result.errors?.map((error) => [error.path?.join('.'), error.message, error.extensions['code']]).sort(),
    ).toEqual([
      ['me', message, code],
      ['topReview', message, code],
    ]);
  });
});

describe('an operation that is aborted', () => {
  it('answers with what it has, and starts no further mutation', async () => {
    const abort = new AbortController();
    const started: string[] = [];
    const services = shopGraph().map((subgraph): SubgraphService<object> => {
      const service = new InProcessSubgraphService<object>(subgraph);
      return {
        name: service.name,
        sdl: service.sdl,
        subscribe: (request, context) => service.subscribe(request, context),
        execute(request, context) {
          started.push(service.name);
          if (service.name !== 'products') return service.execute(request, context);
          queueMicrotask(() => abort.abort(new DOMException('Too long.', 'TimeoutError')));
          return new Promise(() => {});
        },
      };
    });
    const query =
      'mutation { a: rename(id: "1", name: "a") { id } reprice(id: "b1", amount: 1) { id } b: rename(id: "2", name: "b") { id } }';
    const { data, errors } = await createEngine<object>({ services }).execute({ query }, {}, abort.signal);
    expect(JSON.parse(JSON.stringify(data))).toEqual({ a: { id: '1' }, reprice: null, b: null });
    expect(errors?.map(({ path, extensions }) => [path?.join('.'), extensions['code']])).toEqual([
      ['reprice', 'TIMEOUT'],
      ['b', 'TIMEOUT'],
    ]);
    expect(started).toEqual(['accounts', 'products']);
  });
});

describe('preparing', () => {
  it('is done once for the same text and operation name', async () => {
    const query = 'query A { ping } query B { me { id } }';
    const a = await engine.prepare(query, 'A');
    expect(await engine.prepare(query, 'A')).toBe(a);
    expect(await engine.prepare(query, 'B')).not.toBe(a);
  });

  it('uses a supergraph made earlier, where it was made of the same subgraphs', () => {
    const precomposed = { sdl: engine.supergraphSdl, subgraphsHash: engine.subgraphsHash };
    const started = shop({ supergraph: precomposed }).engine;
    expect(started.supergraphSdl).toBe(engine.supergraphSdl);
    const other = shop({ supergraph: { sdl: 'not even SDL', subgraphsHash: 'of something else' } }).engine;
    expect(other.supergraphSdl).toBe(engine.supergraphSdl);
  });
});

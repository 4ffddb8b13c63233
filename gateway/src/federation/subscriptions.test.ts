import { setTimeout as delay } from 'node:timers/promises';
import type { ExecutionResult } from 'graphql';
import { describe, expect, it } from 'vitest';
import { shopGraph } from '../../../e2e/federation/graphs/shop.js';
import { createEngine } from './engine.js';
import { InProcessSubgraphService } from './in-process.js';
import type { SubgraphRequest, SubgraphService } from './subgraph.js';
import type { ResultStream } from './subscriptions.js';

type Subscribe = SubgraphService<object>['subscribe'];

/** The shop, with another source of the events of `reviews`. */
function shop(subscribe?: Subscribe) {
  const services = shopGraph().map((subgraph): SubgraphService<object> => {
    const service = new InProcessSubgraphService<object>(subgraph);
    if (subscribe === undefined || service.name !== 'reviews') return service;
    return { name: service.name, sdl: service.sdl, subscribe, execute: (...args) => service.execute(...args) };
  });
  return createEngine<object>({ services });
}

/** Node 20 has no `Promise.withResolvers`. */
function signal() {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

const QUERY = 'subscription { reviewAdded { id author { id name score } } }';
const added = (id: string): ExecutionResult => ({
  data: { reviewAdded: { id, author: { __typename: 'User', id, email: `${id}@example.org` } } },
});

async function open(engine: ReturnType<typeof shop>, signal?: AbortSignal, query = QUERY): Promise<ResultStream> {
  const stream = await engine.subscribe({ query }, {}, signal);
  if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream));
  return stream;
}

async function all(stream: ResultStream): Promise<unknown[]> {
  const results: unknown[] = [];
  for await (const result of stream) results.push(JSON.parse(JSON.stringify(result)));
  return results;
}

/** A source that waits for ever after its events, and knows when it was closed. */
function endless(...events: ExecutionResult[]) {
  const closed = signal();
  const requests: SubgraphRequest[] = [];
  const subscribe: Subscribe = async (request) => {
    requests.push(request);
    return {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          const event = events.shift();
          return event ? Promise.resolve({ done: false as const, value: event }) : new Promise(() => {});
        },
        return: async () => {
          closed.resolve();
          return { done: true as const, value: undefined };
        },
      }),
    };
  };
  return { subscribe, closed: closed.promise, requests };
}

describe('a subscription', () => {
  it('has each event completed by the other subgraphs', async () => {
    expect(await all(await open(shop()))).toEqual([
      { data: { reviewAdded: { id: '1', author: { id: '1', name: 'Ada', score: 0.5 } } } },
      { data: { reviewAdded: { id: '2', author: { id: '2', name: 'Bo', score: 1 } } } },
      { data: { reviewAdded: null } },
      {
        data: { reviewAdded: { id: '3', author: { id: '3', name: 'Cy', score: 1.5 } } },
      },
    ]);
  });

  it('goes on after an event that failed in part, whole, or at the source', async () => {
    const failed: ExecutionResult = { errors: [{ message: 'Lost.', extensions: { code: 'UNAVAILABLE' } } as never] };
    const source = endless(added('4'), failed, added('1'));
    const stream = await open(
      shop(source.subscribe),
      undefined,
      'subscription { reviewAdded { id author { id nick } } }',
    );
    const first = (await stream.next()).value as ExecutionResult;
    expect(JSON.stringify(first.data)).toBe('{"reviewAdded":{"id":"4","author":null}}');
    expect(first.errors?.[0]).toMatchObject({
      path: ['reviewAdded', 'author', 'nick'],
      extensions: { code: 'UNAVAILABLE' },
    });
    const second = (await stream.next()).value as ExecutionResult;
    expect(second).toMatchObject({ data: null, errors: [{ extensions: { code: 'UNAVAILABLE', service: 'reviews' } }] });
    const third = (await stream.next()).value as ExecutionResult;
    expect(JSON.stringify(third.data)).toBe('{"reviewAdded":{"id":"1","author":{"id":"1","nick":"Aday"}}}');
    await stream.return();
  });

  it('closes its source when the client returns, also while it waits for an event', async () => {
    const source = endless();
    const stream = await open(shop(source.subscribe));
    const next = stream.next();
    await stream.return();
    await source.closed;
    expect(await next).toEqual({ done: true, value: undefined });
    expect(source.requests[0]?.signal?.aborted).toBe(true);
  });

  it('closes its source when the request is aborted', async () => {
    const source = endless(added('1'));
    const abort = new AbortController();
    const stream = await open(shop(source.subscribe), abort.signal);
    expect((await stream.next()).done).toBe(false);
    const next = stream.next();
    abort.abort();
    await source.closed;
    expect(await next).toEqual({ done: true, value: undefined });
  });

  it('closes a source that opens only after the client has gone', async () => {
    const source = endless();
    const abort = new AbortController();
    const late: Subscribe = async (...args) => {
      await delay(20);
      return source.subscribe(...args);
    };
    const opening = shop(late).subscribe({ query: QUERY }, {}, abort.signal);
    abort.abort();
    expect(await opening).toMatchObject({ errors: [{ extensions: { code: 'TIMEOUT' } }] });
    await source.closed;
  });

  it('ends with one error when its source breaks', async () => {
    const broken: Subscribe = async () =>
      (async function* () {
        yield added('1');
        throw new Error('socket hang up at 10.0.0.1');
      })();
    const results = await all(await open(shop(broken)));
    expect(results).toHaveLength(2);
    expect(results[1]).toMatchObject({
      errors: [{ message: 'The subgraph "reviews" failed.', extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
    });
  });

  it('that the subgraph refuses is refused with its errors', async () => {
    const refuse: Subscribe = async () => ({
      errors: [{ message: 'No.', extensions: { code: 'FORBIDDEN' } } as never],
    });
    expect(await shop(refuse).subscribe({ query: QUERY }, {})).toMatchObject({
      errors: [{ message: 'No.', extensions: { code: 'FORBIDDEN', service: 'reviews' } }],
    });
  });

  it('with bad variables reaches no subgraph', async () => {
    const query = 'subscription($ids: [ID!]!) { userChanged(ids: $ids) { id } }';
    expect(await shop().subscribe({ query, variables: {} }, {})).toMatchObject({
      errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
    });
  });

  it('of a query is a stream of one result', async () => {
    expect(await all(await open(shop(), undefined, '{ ping }'))).toEqual([{ data: { ping: 'pong' } }]);
  });
});

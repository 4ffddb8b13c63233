import { EventEmitter, once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { createLogger, Metrics } from '@agentos/platform';
import { testContext } from '@agentos/platform/testing';
import { GraphQLInt, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { createClient } from 'graphql-ws';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import type { SubgraphContext } from './context.js';
import { signInternalToken } from './internal-token.js';
import type { SubgraphModule } from './module.js';
import { type ServedSubgraph, serveSubgraph } from './serve.js';

const secret = 's'.repeat(32);
const inside = 'password=hunter2';

/** What resolvers are asked to do, and what they report. */
const seen = new EventEmitter();

const schema = new GraphQLSchema({
  query: new GraphQLObjectType<unknown, SubgraphContext>({
    name: 'Query',
    fields: {
      greet: { type: GraphQLString, args: { times: { type: GraphQLInt } }, resolve: () => 'hello' },
      fail: {
        type: GraphQLString,
        resolve: () => {
          throw new Error(inside);
        },
      },
      missing: { type: new GraphQLNonNull(GraphQLString), resolve: () => null },
      wait: {
        type: GraphQLString,
        resolve: async (_source, _args, { request }) => {
          seen.emit('waiting');
          await Promise.race([once(seen, 'release'), once(request.signal, 'abort').then(() => seen.emit('aborted'))]);
          return 'done';
        },
      },
    },
  }),
  subscription: new GraphQLObjectType<unknown, SubgraphContext>({
    name: 'Subscription',
    fields: {
      ticks: {
        type: GraphQLInt,
        subscribe: async function* (_source, _args, { request }) {
          seen.emit('subscribed');
          request.signal.addEventListener('abort', () => seen.emit('aborted'));
          for (let tick = 0; ; tick += 1) {
            yield { ticks: tick };
            await once(seen, 'tick', { signal: request.signal });
          }
        },
      },
      breaks: {
        type: GraphQLInt,
        // biome-ignore lint/correctness/useYield: it fails before its first event
        subscribe: async function* () {
          throw new Error(inside);
        },
      },
      wrong: {
        type: GraphQLInt,
        subscribe: async function* () {
          yield { wrong: inside };
        },
      },
    },
  }),
});

const module: SubgraphModule = {
  name: 'test',
  sdl: '',
  schema,
  loaders: () => ({}),
  start: async () => {},
  stop: async () => {},
};

let served: ServedSubgraph;
beforeEach(async () => {
  const platform = { internalSecret: secret, logger: createLogger('silent'), parts: [], metrics: new Metrics() };
  served = await serveSubgraph(module, platform, { host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  vi.useRealTimers();
  seen.removeAllListeners();
  await served.close(AbortSignal.abort());
});

const token = () => signInternalToken(testContext({ traceId: 'a'.repeat(32) }), secret);

async function post(body: unknown, headers: Record<string, string> = {}, path = '/graphql') {
  const response = await fetch(`${served.address}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await token()}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  // biome-ignore lint/suspicious/noExplicitAny: the shape is that of each test's own request
  return { status: response.status, ...((await response.json()) as any) };
}

async function subscribe(query: string) {
  const client = createClient({
    url: `${served.address.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${await token()}` },
    retryAttempts: 0,
  });
  return client.iterate({ query });
}

describe('a request', () => {
  it.each([
    ['no JSON', '{', 'BAD_USER_INPUT'],
    ['nothing', '', 'BAD_USER_INPUT'],
    ['null', 'null', 'BAD_USER_INPUT'],
    ['a list', [], 'BAD_USER_INPUT'],
    ['a query that is no text', { query: 1 }, 'BAD_USER_INPUT'],
    ['variables that are a list', { query: '{ greet }', variables: [] }, 'BAD_USER_INPUT'],
    ['a syntax error', { query: '{ greet' }, 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', { query: '{ nobody }' }, 'GRAPHQL_VALIDATION_FAILED'],
  ])('with %s is the caller’s mistake', async (_what, body, code) => {
    expect(await post(body)).toMatchObject({ status: 400, errors: [{ extensions: { code, retryable: false } }] });
  });

  it('with variables that do not fit is the caller’s mistake', async () => {
    const answer = await post({ query: 'query ($n: Int) { greet(times: $n) }', variables: { n: 'many' } });
    expect(answer.errors).toMatchObject([
      { message: expect.stringContaining('Int cannot represent'), extensions: { code: 'BAD_USER_INPUT' } },
    ]);
  });

  it('to another page is answered only with the gateway’s token, and then with 404', async () => {
    expect((await post({}, {}, '/secrets')).status).toBe(404);
    expect((await post({}, { authorization: 'Bearer x' }, '/secrets')).status).toBe(401);
    expect((await post('{', { authorization: '' })).status).toBe(401);
  });

  it.each(['fail', 'missing'])('that fails inside (%s) is masked, with its path and the trace id', async (field) => {
    const answer = await post({ query: `{ greet it: ${field} }` });
    expect(answer.status).toBe(200);
    expect(answer.errors).toEqual([
      {
        message: 'Something failed inside; the trace id tells the operator where.',
        path: ['it'],
        extensions: { code: 'INTERNAL_SERVER_ERROR', retryable: false, traceId: 'a'.repeat(32) },
      },
    ]);
  });

  it('whose caller goes away is aborted', async () => {
    const [waiting, aborted] = [once(seen, 'waiting'), once(seen, 'aborted')];
    const caller = new AbortController();
    const gone = fetch(`${served.address}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await token()}` },
      body: JSON.stringify({ query: '{ wait }' }),
      signal: caller.signal,
    }).catch(() => {});
    await waiting;
    caller.abort();
    await aborted;
    await gone;
  });
});

describe('a subscription', () => {
  it('goes on when the token that opened it has expired', async () => {
    const events = await subscribe('subscription { ticks }');
    expect((await events.next()).value).toEqual({ data: { ticks: 0 } });
    vi.setSystemTime(Date.now() + 600_000);
    const next = events.next();
    seen.emit('tick');
    expect((await next).value).toEqual({ data: { ticks: 1 } });
    await events.return?.();
  });

  it('whose caller goes away is aborted while it waits for an event', async () => {
    const events = await subscribe('subscription { ticks }');
    await events.next();
    const aborted = once(seen, 'aborted');
    await events.return?.();
    await aborted;
  });

  it('that is no GraphQL is refused with a code, and the connection stays', async () => {
    const events = await subscribe('subscription {');
    await expect(events.next()).rejects.toMatchObject([{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }]);
  });

  it.each(['breaks', 'wrong'])('that fails inside (%s) is masked', async (field) => {
    const events = await subscribe(`subscription { ${field} }`);
    const outcome = await events.next().then(
      ({ value }) => value.errors,
      (errors) => errors,
    );
    expect(outcome).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR', traceId: 'a'.repeat(32) } }]);
    expect(JSON.stringify(outcome)).not.toContain(inside);
    await events.return?.();
  });
});

describe('on its end', () => {
  it('running requests end, subscriptions are closed with 1001, and nothing new is taken', async () => {
    const ticks = await subscribe('subscription { ticks }');
    await ticks.next();
    const [closed, waiting] = [ticks.next().catch((event) => event.code), once(seen, 'waiting')];
    const agent = new Agent({ keepAlive: true });
    const running = httpRequest(`${served.address}/graphql`, {
      agent,
      method: 'POST',
      headers: { authorization: `Bearer ${await token()}` },
    });
    running.end(JSON.stringify({ query: '{ wait }' }));
    await waiting;
    const ended = served.close(AbortSignal.timeout(10_000));
    expect(await closed).toBe(1001);
    await expect(fetch(`${served.address}/healthz`)).rejects.toThrow();
    seen.emit('release');
    const [response] = await once(running, 'response');
    expect(response.statusCode).toBe(200);
    response.resume();
    await ended;
    agent.destroy();
  });

  it('a request that does not end is cut off when the grace is over', async () => {
    const waiting = once(seen, 'waiting');
    const running = post({ query: '{ wait }' });
    running.catch(() => {});
    await waiting;
    await served.close(AbortSignal.timeout(50));
    await expect(running).rejects.toThrow();
  });
});

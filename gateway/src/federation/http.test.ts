import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { subgraph } from '../../../e2e/federation/graphs/subgraph.js';
import { type HttpSubgraph, HttpSubgraphService } from './http.js';
import type { SubgraphRequest } from './subgraph.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Context {
  readonly token: string;
  readonly deadline?: number;
}

async function listen(handle: RequestListener, port = 0): Promise<{ url: string; server: Server; port: number }> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const bound = (server.address() as AddressInfo).port;
  return { url: `http://127.0.0.1:${bound}/graphql?a=b`, server, port: bound };
}

function serviceAt(url: string, options: Partial<HttpSubgraph<Context>> = {}) {
  const service = new HttpSubgraphService<Context>({
    name: 'far',
    sdl: '',
    url,
    headers: ({ token }) => ({ authorization: token }),
    deadline: ({ deadline }) => deadline,
    ...options,
  });
  closing.unshift(() => service.close());
  return service;
}

function request(query: string, more: Partial<SubgraphRequest> = {}): SubgraphRequest {
  return { query, document: parse(query), variables: {}, operation: 'query', ...more };
}

/** Node 20 has no `Promise.withResolvers`. */
function signal() {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

const context: Context = { token: 'Bearer t' };

async function bodyOf(message: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of message) body += String(chunk);
  return body;
}

describe('a subgraph over HTTP', () => {
  it('gets the operation, its variables and the headers of the caller', async () => {
    const seen: unknown[] = [];
    const { url } = await listen(async (message, response) => {
      seen.push(message.method, message.url, message.headers.authorization, JSON.parse(await bodyOf(message)));
      response.setHeader('content-type', 'application/json').end('{"data":{"ö":"✓"}}');
    });
    const variables = { a: [1, { b: 'ü' }] };
    const result = await serviceAt(url).execute(request('query Q { a }', { operationName: 'Q', variables }), context);
    expect(result).toEqual({ data: { ö: '✓' } });
    expect(seen).toEqual([
      'POST',
      '/graphql?a=b',
      'Bearer t',
      { query: 'query Q { a }', operationName: 'Q', variables },
    ]);
  });

  it('may answer a GraphQL result with any status', async () => {
    const { url } = await listen((_, response) => response.writeHead(400).end('{"errors":[{"message":"No."}]}'));
    expect(await serviceAt(url).execute(request('{ a }'), context)).toEqual({ errors: [{ message: 'No.' }] });
  });

  it.each(['<html>Bad gateway</html>', '', '{"hello":1}', '[1]', 'null'])(
    'that answers %s is unavailable',
    async (body) => {
      const { url } = await listen((_, response) => response.writeHead(502).end(body));
      await expect(serviceAt(url).execute(request('{ a }'), context)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    },
  );

  it('is not waited for longer than the deadline, and its request is cancelled', async () => {
    const cancelled = signal();
    const { url } = await listen((_, response) => response.on('close', cancelled.resolve));
    const soon = { ...context, deadline: Date.now() + 50 };
    await expect(serviceAt(url).execute(request('{ a }'), soon)).rejects.toMatchObject({ code: 'TIMEOUT' });
    await cancelled.promise;
    const past = { ...context, deadline: Date.now() - 1 };
    await expect(serviceAt(url).execute(request('{ a }'), past)).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('may take longer for a mutation than for a query', async () => {
    const { url } = await listen(async (message, response) => {
      if ((await bodyOf(message)).includes('mutation')) setTimeout(() => response.end('{"data":{"a":1}}'), 100);
    });
    const service = serviceAt(url, { timeoutMs: 20, mutationTimeoutMs: 60_000 });
    await expect(service.execute(request('{ a }'), context)).rejects.toMatchObject({ code: 'TIMEOUT' });
    const mutation = request('mutation { a }', { operation: 'mutation' });
    expect(await service.execute(mutation, context)).toEqual({ data: { a: 1 } });
  });

  it('is cut off when it only drips its answer', async () => {
    const { url } = await listen((_, response) => {
      const drip = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(drip));
    });
    await expect(serviceAt(url, { timeoutMs: 100 }).execute(request('{ a }'), context)).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
  });

  it('is cancelled when the client goes', async () => {
    const arrived = signal();
    const cancelled = signal();
    const { url } = await listen((_, response) => {
      arrived.resolve();
      response.on('close', cancelled.resolve);
    });
    const abort = new AbortController();
    const answer = serviceAt(url).execute(request('{ a }', { signal: abort.signal }), context);
    await arrived.promise;
    abort.abort();
    await expect(answer).rejects.toMatchObject({ code: 'TIMEOUT' });
    await cancelled.promise;
  });

  it('cannot fill the memory with its answer', async () => {
    const { url } = await listen((_, response) => response.end(`{"data":"${'x'.repeat(100_000)}"}`));
    await expect(serviceAt(url, { maxResponseBytes: 50_000 }).execute(request('{ a }'), context)).rejects.toMatchObject(
      { code: 'UNAVAILABLE' },
    );
  });

  it('is asked again for a query when a kept connection had been closed', async () => {
    let asked = 0;
    const { url } = await listen((message, response) => {
      if (asked++ === 0) message.socket.destroy();
      else response.end('{"data":{}}');
    });
    expect(await serviceAt(url).execute(request('{ a }'), context)).toEqual({ data: {} });
  });

  it('is not asked again for a mutation that may have arrived', async () => {
    let asked = 0;
    const { url } = await listen((message) => {
      asked++;
      message.socket.destroy();
    });
    const mutation = request('mutation { a }', { operation: 'mutation' });
    await expect(serviceAt(url).execute(mutation, context)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(asked).toBe(1);
  });

  it('that is not there is unavailable, and names no address', async () => {
    const answer = serviceAt('http://127.0.0.1:1/graphql').execute(request('{ a }'), context);
    await expect(answer).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'The subgraph "far" cannot be reached.',
    });
  });
});

describe('a subscription over WebSocket', () => {
  const { schema } = subgraph('far', 'type Query { a: Int } type Subscription { count(to: Int!): Int! slow: Int! }', {
    Subscription: {
      count: {
        subscribe: async function* (_: unknown, { to }: { to: number }) {
          for (let count = 1; count <= to; count++) yield { count };
        },
      },
      slow: {
        subscribe: async function* () {
          yield { slow: 1 };
          await new Promise(() => {});
        },
      },
    },
  } as never);

  async function serve() {
    const { url, server } = await listen(() => {});
    const sockets = new WebSocketServer({ server });
    const tokens: unknown[] = [];
    const ws = useServer(
      {
        schema,
        onConnect: ({ connectionParams, extra }) => {
          tokens.push(connectionParams?.['authorization'], extra.request.headers.authorization);
          return connectionParams?.['authorization'] !== 'Bearer bad';
        },
      },
      sockets,
    );
    closing.unshift(async () => ws.dispose());
    return { url, sockets, tokens };
  }

  const stream = async (service: HttpSubgraphService<Context>, query: string, variables = {}, token = 'Bearer t') => {
    const opened = await service.subscribe(request(query, { operation: 'subscription', variables }), { token });
    if (!(Symbol.asyncIterator in opened)) throw new Error(JSON.stringify(opened));
    return opened[Symbol.asyncIterator]();
  };

  it('brings each event in order and ends with the last', async () => {
    const { url } = await serve();
    const events = await stream(serviceAt(url), 'subscription($to: Int!) { count(to: $to) }', { to: 3 });
    const counts: unknown[] = [];
    for (let next = await events.next(); !next.done; next = await events.next())
      counts.push(next.value.data?.['count']);
    expect(counts).toEqual([1, 2, 3]);
  });

  it('has a socket of its own, which closes with it', async () => {
    const { url, sockets, tokens } = await serve();
    const service = serviceAt(url);
    const open = [
      await stream(service, 'subscription { slow }'),
      await stream(service, 'subscription { slow }'),
      await stream(service, 'subscription { slow }', {}, 'Bearer other'),
    ];
    for (const events of open) await events.next();
    expect(sockets.clients.size).toBe(3);
    const expected = ['Bearer other', 'Bearer other', 'Bearer t', 'Bearer t', 'Bearer t', 'Bearer t'];
    expect(tokens.toSorted()).toEqual(expected);
    for (const events of open) await events.return?.();
    while (sockets.clients.size > 0) await delay(5);
  });

  it('that is refused brings the reasons', async () => {
    const { url } = await serve();
    const events = await stream(serviceAt(url), 'subscription { nothing: count }');
    expect(await events.next()).toMatchObject({ value: { errors: [{ message: expect.stringContaining('to') }] } });
    expect((await events.next()).done).toBe(true);
  });

  it.each(['a caller who is not let in', 'a subgraph that dies'])('breaks with UNAVAILABLE for %s', async (why) => {
    const { url, sockets } = await serve();
    const bad = why === 'a caller who is not let in';
    const events = await stream(serviceAt(url), 'subscription { slow }', {}, bad ? 'Bearer bad' : 'Bearer t');
    if (!bad) {
      await events.next();
      for (const client of sockets.clients) client.terminate();
    }
    await expect(events.next()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect((await events.next()).done).toBe(true);
  });

  it('breaks with UNAVAILABLE for a subgraph that is there and says nothing any more', async () => {
    const { url, server } = await listen(() => {});
    const sockets = new WebSocketServer({ server });
    closing.unshift(async () => {
      for (const client of sockets.clients) client.terminate();
    });
    sockets.on('connection', (socket) =>
      socket.on('message', (message) => {
        if (String(message).includes('connection_init')) socket.send('{"type":"connection_ack"}');
      }),
    );
    const events = await stream(serviceAt(url, { pingMs: 20 }), 'subscription { slow }');
    await expect(events.next()).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect((await events.next()).done).toBe(true);
  });
});

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay, setImmediate as tick } from 'node:timers/promises';
import { useServer } from 'graphql-ws/use/ws';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { subgraph } from '../../../e2e/federation/graphs/subgraph.js';
import type { SubgraphEvents } from './subgraph-events.js';
import { type SubgraphSocketOptions, SubgraphSockets } from './subgraph-socket.js';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function listen() {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const sockets = new WebSocketServer({ server });
  closing.push(() => {
    for (const client of sockets.clients) client.terminate();
    server.close();
  });
  return { sockets, url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

function subscribeTo(url: string, more: Partial<SubgraphSocketOptions> = {}) {
  const subgraphSockets = new SubgraphSockets({ name: 'far', url, maxMessageBytes: 1_000_000, ...more });
  closing.unshift(() => subgraphSockets.close());
  return (query = 'subscription { events }') => subgraphSockets.subscribe({ query }, {});
}

/** Sends all its events at once, whoever may be able to take them. */
async function burst(events: number) {
  const { url, sockets } = await listen();
  sockets.on('connection', (socket) =>
    socket.on('message', (data) => {
      const { type, id } = JSON.parse(String(data));
      if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
      if (type !== 'subscribe') return;
      for (let n = 0; n < events; n++)
        socket.send(JSON.stringify({ id, type: 'next', payload: { data: { events: n } } }));
      socket.send(JSON.stringify({ id, type: 'complete' }));
    }),
  );
  return { url, sockets };
}

/** Has no end of large events, and makes the next when the one before could be written. */
async function endless(keepAliveMs?: number) {
  const made = { events: 0, ended: 0 };
  const { schema } = subgraph('far', 'type Query { a: Int } type Subscription { events: String! one: Int! }', {
    Subscription: {
      events: {
        subscribe: async function* () {
          try {
            for (;;) {
              yield { events: `${made.events++} ${'x'.repeat(64 * 1024)}` };
              // What is sent to a closed socket is done at once: without a pause the server would never hear that it is.
              await tick();
            }
          } finally {
            made.ended++;
          }
        },
      },
      one: {
        subscribe: async function* () {
          yield { one: 1 };
        },
      },
    },
  } as never);
  const { url, sockets } = await listen();
  useServer({ schema }, sockets, keepAliveMs);
  return { url, sockets, made };
}

/** Until the subgraph makes no more, since nothing of it is read. */
async function heldUp(made: { readonly events: number }, events: SubgraphEvents): Promise<void> {
  for (let before = -1; events.waiting === 0 || made.events !== before; ) {
    before = made.events;
    await delay(100);
  }
}

describe('a consumer that is slower than the subgraph', () => {
  it('gets every event in order, and few of them wait in memory', async () => {
    const { url } = await burst(20_000);
    const events = subscribeTo(url)();
    const numbers: unknown[] = [];
    let most = 0;
    for await (const { data } of events) {
      numbers.push(data?.['events']);
      most = Math.max(most, events.waiting);
      await tick();
    }
    expect(numbers).toEqual(Array.from({ length: 20_000 }, (_, n) => n));
    // The mark, and what fits into the 64 KiB that were being delivered when it was reached.
    expect(most).toBeGreaterThanOrEqual(255);
    expect(most).toBeLessThan(256 + (64 * 1024) / 80);
  });

  it('holds up the subgraph, by bytes too, is not taken for dead meanwhile, and goes on', async () => {
    const { url, sockets, made } = await endless(1_000);
    const events = subscribeTo(url, { pingMs: 300 })();
    await events.next();
    await heldUp(made, events);
    expect(events.waiting).toBeLessThan(80);
    await delay(2_500);
    expect(sockets.clients.size).toBe(1);
    const until = made.events + 100;
    for (let n = 1; n < until; n++) {
      const { value } = await events.next();
      expect(Number.parseInt(String(value?.data?.['events']), 10)).toBe(n);
    }
    await events.return();
  });

  it('does not hold up another', async () => {
    const { url, made } = await endless();
    const subscribe = subscribeTo(url);
    const slow = subscribe();
    await heldUp(made, slow);
    const other = subscribe('subscription { one }');
    expect(await other.next()).toMatchObject({ value: { data: { one: 1 } } });
    expect((await other.next()).done).toBe(true);
    await slow.return();
  });

  it('and goes away leaves nothing behind', async () => {
    const { url, sockets, made } = await endless();
    const events = subscribeTo(url)();
    await heldUp(made, events);
    await events.return();
    expect(events.waiting).toBe(0);
    expect((await events.next()).done).toBe(true);
    while (sockets.clients.size > 0 || made.ended === 0) await delay(5);
  });

  it('and takes nothing any more is cut off in the end, after the events it was kept', async () => {
    const { url, sockets, made } = await endless();
    const events = subscribeTo(url, { maxStallMs: 50 })();
    while (made.ended === 0 || sockets.clients.size > 0) await delay(5);
    const kept = events.waiting;
    expect(kept).toBeGreaterThan(0);
    for (let n = 0; n < kept; n++) expect((await events.next()).done).toBe(false);
    await expect(events.next()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect((await events.next()).done).toBe(true);
  });
});

describe('a subscription that is given up before it is open', () => {
  it('fails nothing else when it cannot be opened', async () => {
    const events = subscribeTo('ws://127.0.0.1:1/')();
    const next = events.next();
    await events.return();
    expect((await next).done).toBe(true);
    // An unhandled rejection would fail the run.
    await delay(50);
  });
});

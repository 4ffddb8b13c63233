import { randomUUID } from 'node:crypto';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { describeWithService } from '@agentos/platform/testing';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { busContract, collect, event, range, until } from './bus.contract.js';
import { LaggedError } from './bus.js';
import { RedisStreamsBus, type RedisStreamsBusOptions } from './redis-streams-bus.js';

describeWithService('redis', 'the Redis Streams bus', (address) => {
  // A database of its own, as these tests empty it.
  const url = Object.assign(new URL(address), { pathname: '/11' }).href;
  const open = (options: RedisStreamsBusOptions = {}, at = url) =>
    RedisStreamsBus.connect(at, { namespace: randomUUID(), ...options });

  busContract(() => open());

  describe('in trouble', () => {
    let admin: Redis;
    let stop: AbortController;
    const closing: (() => unknown)[] = [];

    beforeEach(() => {
      admin = new Redis(url);
      stop = new AbortController();
    });
    afterEach(async () => {
      stop.abort();
      for (const close of closing.splice(0)) await close();
      admin.disconnect();
    });

    /** One bus as the relay's process has it, and one in another process that listens, perhaps by another way. */
    const pair = async (options: RedisStreamsBusOptions = {}, listensAt = url) => {
      const namespace = randomUUID();
      const sender = await open({ ...options, namespace });
      const listener = await open({ ...options, namespace }, listensAt);
      closing.push(
        () => sender.close(),
        () => listener.close(),
      );
      return { namespace, sender, listener };
    };
    const listen = (bus: RedisStreamsBus) => {
      const events = bus.subscribe('tasks', { signal: stop.signal })[Symbol.asyncIterator]();
      return { events, first: events.next() };
    };
    const killConnections = async (name: string) => {
      const clients = (await admin.client('LIST')) as string;
      const ids = clients
        .split('\n')
        .flatMap((line) => (line.includes(`name=${name} `) ? [/id=(\d+)/.exec(line)?.[1] ?? ''] : []));
      for (const id of ids) await admin.client('KILL', 'ID', id).catch(() => {}); // may have gone by itself
      if (ids.length === 0) throw new Error(`${name} is not connected just now.`);
      return ids.length;
    };

    test('a reader that is cut off again and again misses nothing and is not told', async () => {
      const { sender, listener } = await pair({ outageGraceMs: 30_000 });
      const { events, first } = listen(listener);
      await sender.publish([event({ seq: 1 })]);
      await until(events, first, 1);
      const collected = collect(events, events.next(), 200);
      let killed = 0;
      for (const seq of range(2, 201)) {
        await sender.publish([event({ seq })]);
        if (seq % 20 === 0) killed += await eventually(() => killConnections('agentos-bus-reader'));
      }
      expect(await collected).toEqual(range(2, 201));
      expect(killed).toBeGreaterThanOrEqual(10);
    });

    test('a cut while publishing is an error or a success, never silence, and the next publish works', async () => {
      const { sender, listener } = await pair({ outageGraceMs: 30_000 });
      const { events, first } = listen(listener);
      for (const seq of range(1, 100)) {
        if (seq % 10 === 0) await eventually(() => killConnections('agentos-bus-commands'));
        await eventually(() => sender.publish([event({ seq })]));
      }
      expect(await collect(events, first, 100)).toEqual(range(1, 100));
    });

    test('after Redis was emptied subscribers get a LaggedError, and what they subscribe to anew works', async () => {
      const { sender, listener } = await pair();
      const { events, first } = listen(listener);
      await sender.publish([event({ seq: 1 })]);
      await until(events, first, 1);
      await admin.flushdb();
      await expect(events.next()).rejects.toThrow(LaggedError);

      const again = listen(listener);
      await sender.publish([event({ seq: 2 })]);
      expect(await collect(again.events, again.first, 1)).toEqual([2]);
    });

    test('an event that was lost in the emptying is never silently skipped', async () => {
      const { sender, listener } = await pair();
      for (const seq of range(1, 5)) {
        const { events, first } = listen(listener);
        await sender.publish([event({ seq: seq * 10 })]);
        await until(events, first, seq * 10);
        await Promise.all([
          sender.publish([event({ seq: seq * 10 + 1 })]),
          admin.flushdb(),
          sender.publish([event({ seq: seq * 10 + 2 })]),
        ]);
        const seen: number[] = [];
        const outcome = await (async () => {
          for (let result = await events.next(); !result.done; result = await events.next())
            seen.push(result.value.seq);
        })().catch((error: unknown) => error);
        expect(outcome).toBeInstanceOf(LaggedError);
        expect([[], [seq * 10 + 1], [seq * 10 + 1, seq * 10 + 2]]).toContainEqual(seen);
      }
    });

    test('entries trimmed before they were read give a LaggedError', async () => {
      const { namespace, sender, listener } = await pair();
      const { events, first } = listen(listener);
      await sender.publish([event({ seq: 1 })]);
      await until(events, first, 1);
      const stream = `{${namespace}:bus}:stream:tasks`;
      // Both in one transaction, as for a reader that was away: the entry is gone before any read sees it.
      await admin
        .multi()
        .incr(`{${namespace}:bus}:count:tasks`)
        .xadd(stream, '*', 'g', 'x', 'n', '2', 'e', '{}')
        .xtrim(stream, 'MAXLEN', 0)
        .exec();
      await sender.publish([event({ seq: 3 })]);
      await expect(events.next()).rejects.toThrow(LaggedError);
    });

    test('the window is bounded', async () => {
      const { namespace, sender } = await pair({ historyLength: 100 });
      for (let from = 1; from < 2_000; from += 100)
        await sender.publish(range(from, from + 99).map((seq) => event({ seq })));
      expect(await admin.xlen(`{${namespace}:bus}:stream:tasks`)).toBeLessThan(400);
      expect(await admin.pttl(`{${namespace}:bus}:stream:tasks`)).toBeGreaterThan(0);
    });

    test('while Redis is away publish and ping fail, subscribers are sent to the outbox, and all of it comes back', async () => {
      const proxy = await startProxy(url);
      closing.push(() => proxy.stop());
      const { sender, listener } = await pair({ outageGraceMs: 100 }, proxy.url);
      const { events, first } = listen(listener);
      await sender.publish([event({ seq: 1 })]);
      await until(events, first, 1);

      await proxy.stop();
      await expect(events.next()).rejects.toThrow(LaggedError);
      await expect(listen(listener).first).rejects.toThrow(LaggedError); // and again, as often as it is asked
      await expect(listener.ping()).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
      await expect(listener.publish([event({ seq: 2 })])).rejects.toMatchObject({ code: 'UNAVAILABLE' });

      await proxy.start();
      await eventually(() => listener.ping());
      const seen = await eventually(async () => {
        const back = listen(listener);
        await sender.publish([event({ seq: 3 })]);
        return collect(back.events, back.first, 1);
      });
      expect(seen).toEqual([3]);
    });

    test('a connection that went silent without being closed is given up', async () => {
      const proxy = await startProxy(url);
      closing.push(() => proxy.stop());
      const { sender, listener } = await pair({ outageGraceMs: 30_000 }, proxy.url);
      const { events, first } = listen(listener);
      await sender.publish([event({ seq: 1 })]);
      await until(events, first, 1);
      proxy.freeze();
      await sender.publish([event({ seq: 2 })]);
      expect(await collect(events, events.next(), 1)).toEqual([2]);
    });

    test('it can be opened while Redis is away, and closed', async () => {
      const proxy = await startProxy(url);
      await proxy.stop();
      const bus = await open({ outageGraceMs: 50 }, proxy.url);
      await expect(bus.ping()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      const { first } = listen(bus);
      await expect(first).rejects.toThrow(LaggedError);
      await bus.close();
    });
  });
});

async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (tries === 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** A way to Redis that can be closed, opened again, and made to swallow what is under way. */
async function startProxy(target: string) {
  const { hostname, port, pathname } = new URL(target);
  const sockets = new Set<Socket>();
  let frozen = new Set<Socket>();
  let server: Server | undefined;
  let ownPort = 0;
  const start = async () => {
    server = createServer((near) => {
      const far = connect(Number(port || 6379), hostname);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(from);
        from.on('data', (data) => frozen.has(near) || to.write(data));
        from.on('error', () => {});
        from.on('close', () => {
          sockets.delete(from);
          to.destroy();
        });
      }
    });
    await new Promise<void>((resolve) => server?.listen(ownPort, '127.0.0.1', resolve));
    ownPort = (server.address() as { port: number }).port;
  };
  const stop = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => (server?.listening ? server.close(resolve) : resolve(undefined)));
  };
  await start();
  return {
    url: `redis://127.0.0.1:${ownPort}${pathname}`,
    start,
    stop,
    /** From now on nothing more passes over the connections that there are; new ones work. */
    freeze: () => {
      frozen = new Set(sockets);
    },
  };
}

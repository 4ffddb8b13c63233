import { setMaxListeners } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Bus, type BusEvent, LaggedError, type SubscribeOptions } from './bus.js';

/** What every bus holds to. `open` gives one that shares nothing with the others that it gave. */
export function busContract(open: () => Promise<Bus>): void {
  let bus: Bus;
  let stop: AbortController;

  beforeEach(async () => {
    bus = await open();
    stop = new AbortController();
    setMaxListeners(0, stop.signal);
  });
  afterEach(async () => {
    stop.abort();
    await bus.close();
  });

  const listen = (topic: string, options: Partial<SubscribeOptions> = {}) => {
    const events = bus.subscribe(topic, { signal: stop.signal, ...options })[Symbol.asyncIterator]();
    return { events, first: events.next() };
  };

  test('every event from the first next() on arrives, in order', async () => {
    const { events, first } = listen('tasks');
    await bus.publish(range(1, 500).map((seq) => event({ seq })));
    await bus.publish(range(501, 700).map((seq) => event({ seq })));
    expect(await collect(events, first, 700)).toEqual(range(1, 700));
  });

  test('nothing is lost that is published while the subscription is being made', async () => {
    const listening = range(1, 20).map(() => listen('tasks'));
    for (const seq of range(1, 20)) await bus.publish([event({ seq })]);
    for (const { events, first } of listening) expect(await collect(events, first, 20)).toEqual(range(1, 20));
  });

  test('an event arrives as it was published', async () => {
    const { first } = listen('tasks');
    const sent = event({
      seq: 7,
      payload: { text: 'naïve ☃ 𝄞 \u0000', nested: [1, null, { deep: true }] },
      traceId: 'f'.repeat(32),
    });
    await bus.publish([sent]);
    expect(await first).toEqual({ done: false, value: sent });
  });

  test('a subscriber sees its topic and its tenant only', async () => {
    const mine = listen('tasks', { tenantId: 'tenant_a' });
    const all = listen('tasks');
    await bus.publish([
      event({ seq: 1, topic: 'memories', tenantId: 'tenant_a' }),
      event({ seq: 2, tenantId: 'tenant_b' }),
      event({ seq: 3, tenantId: 'tenant_a' }),
      event({ seq: 4, tenantId: 'tenant_b' }),
    ]);
    expect((await mine.first).value.seq).toBe(3);
    expect(await collect(all.events, all.first, 3)).toEqual([2, 3, 4]);
  });

  test('several topics are followed at once, also those that join later', async () => {
    const early = listen('early');
    await bus.publish([event({ seq: 1, topic: 'early' })]);
    expect((await early.first).value.seq).toBe(1);
    const late = listen('late');
    const next = early.events.next();
    await bus.publish([event({ seq: 2, topic: 'late' }), event({ seq: 3, topic: 'early' })]);
    expect((await late.first).value.seq).toBe(2);
    expect((await next).value.seq).toBe(3);
  });

  test('a topic can be left and entered again', async () => {
    for (const seq of range(1, 5)) {
      const { events, first } = listen('tasks');
      await bus.publish([event({ seq })]);
      await until(events, first, seq);
      await events.return?.();
      expect(await events.next()).toEqual({ done: true, value: undefined });
    }
  });

  test('a subscriber that lags gets a LaggedError once and is done, and costs the others nothing', async () => {
    const slow = listen('tasks', { maxBuffered: 10 });
    const quick = listen('tasks');
    await bus.publish(range(1, 100).map((seq) => event({ seq })));
    expect(await collect(quick.events, quick.first, 100)).toEqual(range(1, 100));
    expect((await slow.first).value.seq).toBe(1);
    await expect(slow.events.next()).rejects.toThrow(LaggedError);
    expect(await slow.events.next()).toEqual({ done: true, value: undefined });
  });

  test('the signal ends a subscription that waits, and one that never began', async () => {
    const { events, first } = listen('tasks');
    stop.abort();
    expect(await first).toEqual({ done: true, value: undefined });
    expect(await events.next()).toEqual({ done: true, value: undefined });
    expect(await listen('tasks').first).toEqual({ done: true, value: undefined });
  });

  test('close ends the subscriptions, and what is asked afterwards fails clearly', async () => {
    const { first } = listen('tasks');
    await bus.ping();
    await bus.close();
    expect(await first).toEqual({ done: true, value: undefined });
    await expect(listen('tasks').first).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(bus.publish([event({ seq: 1 })])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(bus.ping()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('publishing nothing, or what nobody hears, is no error', async () => {
    await bus.publish([]);
    await bus.publish([event({ seq: 1 })]);
  });
}

export const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

export const event = (given: Partial<BusEvent> & { seq: number }): BusEvent => ({
  tenantId: 'tenant_a',
  topic: 'tasks',
  key: 'task_1',
  type: 'TaskChanged',
  payload: { seq: given.seq },
  at: '2026-01-02T03:04:05.678Z',
  ...given,
});

/** Takes `count` different events and gives their numbers as they came, those that came twice once. */
export async function collect(
  events: AsyncIterator<BusEvent>,
  first: Promise<IteratorResult<BusEvent>>,
  count: number,
): Promise<number[]> {
  const seen = new Set<number>();
  for (let result = await first; ; result = await events.next()) {
    if (result.done) throw new Error(`The subscription ended after ${seen.size} of ${count} events.`);
    seen.add(result.value.seq);
    if (seen.size === count) return [...seen];
  }
}

/** Takes events until the one with this number. */
export async function until(
  events: AsyncIterator<BusEvent>,
  first: Promise<IteratorResult<BusEvent>>,
  seq: number,
): Promise<void> {
  for (let result = await first; !result.done; result = await events.next()) if (result.value.seq === seq) return;
  throw new Error(`The subscription ended before event ${seq}.`);
}

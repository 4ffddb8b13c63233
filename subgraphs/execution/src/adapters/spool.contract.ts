import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventBody, StoredEvent } from '../domain/event.js';
import type { OutputSpool, SpoolKey } from '../service/ports.js';

const out = (text: string): EventBody => ({ kind: 'output', stream: 'STDOUT', text });
const ended: EventBody = { kind: 'status', status: 'SUCCEEDED' };
const newKey = (): SpoolKey => ({ id: randomUUID(), tenantId: 'tenant' });
const never = new AbortController().signal;

async function all(batches: AsyncIterable<StoredEvent[]>): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const batch of batches) events.push(...batch);
  return events;
}

const texts = (events: StoredEvent[]): string[] =>
  events.map((event) => (event.kind === 'output' ? event.text : event.kind === 'status' ? event.status : 'usage'));

/** What every spool promises. `reopen` gives another one over the same store, as after a restart. */
export function spoolContract(name: string, open: () => Promise<OutputSpool>): void {
  describe(`a spool in ${name}`, () => {
    let spool: OutputSpool;
    beforeAll(async () => {
      spool = await open();
    });
    afterAll(() => spool.close());

    it('numbers events from 0 and gives them back in order', async () => {
      const id = newKey();
      await spool.append(id, [out('a'), out('b')]);
      const [third] = await spool.append(id, [out('c')]);
      expect(third).toMatchObject({ offset: 2, text: 'c' });
      const events = await all(spool.read(id, -1));
      expect(events.map((event) => event.offset)).toEqual([0, 1, 2]);
      expect(texts(events)).toEqual(['a', 'b', 'c']);
    });
    it('gives what comes after an offset only', async () => {
      const id = newKey();
      await spool.append(id, [out('a'), out('b'), out('c')]);
      expect(texts(await all(spool.read(id, 0)))).toEqual(['b', 'c']);
      expect(texts(await all(spool.read(id, 2)))).toEqual([]);
      expect(texts(await all(spool.read(id, 1_000)))).toEqual([]);
    });
    it('keeps the order of appends that nobody waited for', async () => {
      const id = newKey();
      await Promise.all(Array.from({ length: 50 }, (_, n) => spool.append(id, [out(`${n}`)])));
      expect(texts(await all(spool.read(id, -1)))).toEqual(Array.from({ length: 50 }, (_, n) => `${n}`));
    });
    it('lets a reader follow to the last event and ends there', async () => {
      const id = newKey();
      await spool.append(id, [out('before')]);
      const following = all(spool.follow(id, -1, never));
      for (let n = 0; n < 20; n++) await spool.append(id, [out(`${n}`)]);
      await spool.append(id, [ended]);
      expect(texts(await following)).toEqual(['before', ...Array.from({ length: 20 }, (_, n) => `${n}`), 'SUCCEEDED']);
    });
    it('lets a reader wait for an execution that has not begun', async () => {
      const id = newKey();
      const following = all(spool.follow(id, -1, never));
      await new Promise((resolve) => setTimeout(resolve, 20));
      await spool.append(id, [out('first'), ended]);
      expect(texts(await following)).toEqual(['first', 'SUCCEEDED']);
    });
    it('gives an ended execution whole to a late reader, and nothing to one who has all', async () => {
      const id = newKey();
      await spool.append(id, [out('a'), ended]);
      expect(texts(await all(spool.follow(id, -1, never)))).toEqual(['a', 'SUCCEEDED']);
      expect(texts(await all(spool.follow(id, 0, never)))).toEqual(['SUCCEEDED']);
      expect(texts(await all(spool.follow(id, 1, never)))).toEqual([]);
    });
    it('stores nothing when given nothing', async () => {
      const id = newKey();
      await spool.append(id, [out('a')]);
      expect(await spool.append(id, [])).toEqual([]);
      await spool.append(id, [out('b'), ended]);
      expect(texts(await all(spool.read(id, -1)))).toEqual(['a', 'b', 'SUCCEEDED']);
    });
    it('refuses events after the last', async () => {
      const id = newKey();
      await spool.append(id, [ended]);
      await expect(spool.append(id, [out('late')])).rejects.toThrow(/last event/);
    });
    it('lets a reader go when it is told to', async () => {
      const id = newKey();
      await spool.append(id, [out('a')]);
      const controller = new AbortController();
      const following = all(spool.follow(id, -1, controller.signal));
      setTimeout(() => controller.abort(), 30);
      expect(texts(await following)).toEqual(['a']);
    });
    it('keeps everything over a restart and goes on numbering', async () => {
      const id = newKey();
      const first = await open();
      await first.append(id, [out('one'), out('two')]);
      await first.close();
      const second = await open();
      const following = all(second.follow(id, 0, never));
      const [event] = await second.append(id, [ended]);
      expect(event?.offset).toBe(2);
      expect(texts(await following)).toEqual(['two', 'SUCCEEDED']);
      await expect(second.append(id, [ended])).rejects.toThrow(/last event/);
      await second.close();
    });
    it('carries any text and any bytes', async () => {
      const id = newKey();
      const odd = 'nul \0, newline \n, quote ", ü, 𝄞, \u2028';
      await spool.append(id, [out(odd), { kind: 'output', stream: 'STDERR', text: '', base64: '//79' }]);
      const events = await all(spool.read(id, -1));
      expect(events[0]).toMatchObject({ text: odd });
      expect(events[1]).toMatchObject({ base64: '//79', text: '' });
    });
    it('gives many large events exactly once to readers who come and go', async () => {
      const id = newKey();
      const count = 400;
      const writing = (async () => {
        for (let n = 0; n < count; n++) await spool.append(id, [out(`${n}:${'x'.repeat(10_000)}`)]);
        await spool.append(id, [ended]);
      })();
      const seen: number[] = [];
      let last = -1;
      while (last < count) {
        const controller = new AbortController();
        for await (const batch of spool.follow(id, last, controller.signal)) {
          for (const event of batch) {
            seen.push(event.offset);
            last = event.offset;
          }
          if (seen.length % 3 === 0) break; // the client was cut off here
        }
      }
      await writing;
      expect(seen).toEqual(Array.from({ length: count + 1 }, (_, n) => n));
    });
    it('keeps tenants apart, whatever id is asked for', async () => {
      const id = newKey();
      await spool.append(id, [out('secret'), ended]);
      expect(await all(spool.read({ ...id, tenantId: 'other' }, -1))).toEqual([]);
    });
    it('forgets an execution', async () => {
      const id = newKey();
      await spool.append(id, [out('a'), ended]);
      await spool.remove(id);
      expect(await all(spool.read(id, -1))).toEqual([]);
    });
  });
}

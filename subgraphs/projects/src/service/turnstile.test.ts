import { expect, it } from 'vitest';
import { Turnstile } from './turnstile.js';

const never = new AbortController().signal;

it('lets a few in at once, in order, and lets the next in whatever came of the work', async () => {
  const turnstile = new Turnstile(2, 10);
  const order: number[] = [];
  let inside = 0;
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, (_, n) =>
      turnstile.pass(never, async () => {
        order.push(n);
        expect(++inside).toBeLessThanOrEqual(2);
        await new Promise((resolve) => setImmediate(resolve));
        inside--;
        if (n % 3 === 0) throw new Error('no');
      }),
    ),
  );
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(3);
});

it('refuses whom the queue has no room for, and forgets whoever leaves it', async () => {
  const turnstile = new Turnstile(1, 1);
  let open = () => {};
  const first = turnstile.pass(never, () => new Promise<void>((resolve) => (open = resolve)));
  const leaving = new AbortController();
  const second = turnstile.pass(leaving.signal, async () => 'second');
  await expect(turnstile.pass(never, async () => {})).rejects.toMatchObject({ code: 'RATE_LIMITED', retryable: true });
  leaving.abort(new Error('gone'));
  await expect(second).rejects.toThrow('gone');
  const third = turnstile.pass(never, async () => 'third');
  open();
  await first;
  expect(await third).toBe('third');
  expect(await turnstile.pass(never, async () => 'fourth')).toBe('fourth');
});

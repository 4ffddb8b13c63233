import { describe, expect, it } from 'vitest';
import { FairQueue } from './fair-queue.js';

describe('a fair queue', () => {
  it("does not let one tenant's thousand hold up another's one", () => {
    const queue = new FairQueue<string>({ all: 5_000, perTenant: 2_000 });
    for (let n = 0; n < 1_000; n++) queue.add('a', `a${n}`);
    queue.add('b', 'b0');
    expect([queue.take(() => true), queue.take(() => true), queue.take(() => true)]).toEqual(['a0', 'b0', 'a1']);
  });
  it('passes over a tenant that may not go now, and keeps its place', () => {
    const queue = new FairQueue<string>({ all: 10, perTenant: 10 });
    queue.add('a', 'a0');
    queue.add('b', 'b0');
    expect(queue.take((_item, tenant) => tenant !== 'a')).toBe('b0');
    expect(queue.take((_item, tenant) => tenant !== 'a')).toBeNull();
    expect(queue.take(() => true)).toBe('a0');
    expect(queue.size).toBe(0);
  });
  it('is bounded for all and for each', () => {
    const queue = new FairQueue<number>({ all: 3, perTenant: 2 });
    queue.add('a', 1);
    queue.add('a', 2);
    expect([queue.hasRoom('a'), queue.hasRoom('b')]).toEqual([false, true]);
    queue.add('b', 3);
    expect(queue.hasRoom('c')).toBe(false);
  });
  it('lets one that waits be taken out', () => {
    const queue = new FairQueue<number>({ all: 3, perTenant: 3 });
    queue.add('a', 1);
    queue.add('a', 2);
    expect([queue.remove('a', 1), queue.remove('a', 1), queue.remove('b', 2)]).toEqual([true, false, false]);
    expect(queue.take(() => true)).toBe(2);
    expect(queue.take(() => true)).toBeNull();
  });
});

import { expect, it } from 'vitest';
import { LruCache } from './lru.js';

it('forgets what was used longest ago when the weights exceed the bound', () => {
  const cache = new LruCache<string, number>(3);
  cache.set('a', 1);
  cache.set('b', 2);
  cache.set('c', 3);
  cache.get('a');
  cache.set('d', 4);
  expect(['a', 'b', 'c', 'd'].map((key) => cache.get(key))).toEqual([1, undefined, 3, 4]);
  cache.set('e', 5, 2);
  expect(cache.size).toBe(2);
});

it('does not empty itself for what is heavier than all of it', () => {
  const cache = new LruCache<string, number>(3);
  cache.set('a', 1);
  cache.set('heavy', 2, 4);
  expect([cache.get('a'), cache.get('heavy')]).toEqual([1, undefined]);
});

it('replaces what a key had', () => {
  const cache = new LruCache<string, number>(3);
  cache.set('a', 1, 3);
  cache.set('a', 2, 1);
  cache.set('b', 3, 2);
  expect([cache.get('a'), cache.get('b')]).toEqual([2, 3]);
});

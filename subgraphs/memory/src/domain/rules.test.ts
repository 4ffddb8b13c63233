import { describe, expect, it } from 'vitest';
import { suggestTags, suggestType } from './categorize.js';
import { contradictions, keptOf } from './contradiction.js';
import { contentKey } from './duplicate.js';
import { halfLifeDays, relevanceOf } from './relevance.js';

describe('near-identical contents', () => {
  it.each([
    ['The user prefers tabs.', 'the user  prefers tabs', true],
    ['User prefers tabs', 'The user prefers tabs!', true],
    ['Version 1.2 is out', 'Version 1.3 is out', false],
    ['Ada likes tea', 'Ada does not like tea', false],
    ['It is -5 degrees', 'It is 5 degrees', false],
    ['Uses C', 'Uses C++', false],
    ['…', '…', true],
    ['!', '?', false],
  ])('“%s” and “%s”: %s', (a, b, same) => {
    expect(contentKey(a, 'FACT') === contentKey(b, 'FACT')).toBe(same);
  });
  it('are told apart by case in code', () => {
    expect(contentKey('let A = 1;', 'CODE')).not.toBe(contentKey('let a = 1;', 'CODE'));
  });
});

describe('contradictions', () => {
  const statement = (id: string, content: string) => ({ id, content, type: 'FACT' as const, actor: null });
  const pairs = (...contents: string[]) =>
    contradictions(contents.map((content, i) => statement(String(i), content))).map(({ first, second }) => [
      first.id,
      second.id,
    ]);
  it('share most words and differ in the rest', () => {
    expect(pairs('The port of the service is 80', 'The port of the service is 8080')).toEqual([['0', '1']]);
    expect(pairs('Ada likes green tea', "Ada doesn't like green tea")).toEqual([['0', '1']]);
  });
  it('are not what only says more, or something else', () => {
    expect(pairs('The service listens on port 80', 'The service listens on port 80 in production')).toEqual([]);
    expect(pairs('The service listens on port 80', 'The gardener plants tulips in spring')).toEqual([]);
    expect(pairs('Yes', 'No')).toEqual([]);
  });
  it('are settled by time or by confidence', () => {
    const at = (id: string, day: number, confidence: number) => ({
      id,
      confidence,
      occurredAt: null,
      createdAt: new Date(day),
    });
    const [old, young] = [at('a', 1, 0.9), at('b', 2, 0.5)];
    expect(keptOf({ first: old, second: young }, 'KEEP_NEWEST')).toBe(young);
    expect(keptOf({ first: old, second: young }, 'KEEP_MOST_CONFIDENT')).toBe(old);
    expect(keptOf({ first: old, second: young }, 'KEEP_ALL')).toBeNull();
    expect(keptOf({ first: at('a', 1, 1), second: at('b', 1, 1) }, 'KEEP_MOST_CONFIDENT')?.id).toBe('b');
  });
});

describe('relevance', () => {
  const now = new Date('2026-06-01T00:00:00Z');
  const fresh = { type: 'FACT' as const, confidence: 1, accessedAt: now, accessCount: 0, linkCount: 0 };
  const aged = (days: number) => ({ ...fresh, accessedAt: new Date(now.getTime() - days * 86_400_000) });
  it('decays by kind, rises with use and links, and stays within 0 and 1', () => {
    expect(relevanceOf(aged(halfLifeDays.FACT), now)).toBeCloseTo(relevanceOf(fresh, now) / 2, 6);
    expect(relevanceOf({ ...aged(60), type: 'EPISODE' }, now)).toBeLessThan(
      relevanceOf({ ...aged(60), type: 'DECISION' }, now),
    );
    expect(relevanceOf({ ...fresh, accessCount: 10 }, now)).toBeGreaterThan(relevanceOf(fresh, now));
    expect(relevanceOf({ ...fresh, linkCount: 3 }, now)).toBeGreaterThan(relevanceOf(fresh, now));
    expect(relevanceOf({ ...fresh, accessCount: 1e9, linkCount: 1e9 }, now)).toBeLessThanOrEqual(1);
    expect(relevanceOf({ ...aged(1e6), confidence: 0 }, now)).toBe(0);
  });
});

describe('categories', () => {
  it.each([
    ['We decided to use Redis', 'DECISION'],
    ['Ada prefers dark mode', 'PREFERENCE'],
    ['See https://example.org for the format', 'REFERENCE'],
    ['1. Open the lid\n2. Pour', 'PROCEDURE'],
    ['```js\nfoo();\n```', 'CODE'],
    ['Yesterday we met at the lake', 'EPISODE'],
    ['Water boils at a hundred degrees', 'FACT'],
  ] as const)('“%s” is %s', (content, type) => {
    expect(suggestType(content, [])).toBe(type);
  });
  it('follow the neighbours, and take the telling words where there are none', () => {
    const neighbour = { type: 'PROCEDURE' as const, tags: ['deploy'], similarity: 0.9 };
    expect(suggestType('Restart the pods', [neighbour, neighbour])).toBe('PROCEDURE');
    const rarity = { documents: 100, frequency: (term: string) => (term === 'restart' ? 90 : 1) };
    expect(suggestTags('Restart the pods', ['ops'], [neighbour], rarity)).toEqual(['ops', 'deploy', 'pods']);
  });
});

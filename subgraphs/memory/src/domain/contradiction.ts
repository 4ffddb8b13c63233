import type { Memory } from './memory.js';

export type MergeStrategy = 'KEEP_ALL' | 'KEEP_NEWEST' | 'KEEP_MOST_CONFIDENT';

/** Two memories that say different things about the same. */
export interface Contradiction<M extends Statement = Memory> {
  readonly first: M;
  readonly second: M;
  readonly reason: string;
}

export type Statement = Pick<Memory, 'id' | 'content' | 'type' | 'actor'>;

const sharedShare = 0.6; // of the shorter statement's words
const telling = 100; // statements; a word in more of them brings too many pairs together
const maxWords = 40; // longer texts share words by chance

/**
 * Pairs of short statements of one kind and speaker that share most of their words and differ in the rest: "the port is
 * 80" and "the port is 8080", "Ada likes tea" and "Ada doesn't like tea". Negations and numbers count as words here.
 * @param related which pairs to look at @default all
 */
export function contradictions<M extends Statement>(
  memories: readonly M[],
  related: (a: M, b: M) => boolean = () => true,
): Contradiction<M>[] {
  const statements = memories
    .map((memory) => ({ memory, said: said(memory.content) }))
    .filter(({ said }) => said.size >= 3 && said.size <= maxWords);
  const holders = new Map<string, number[]>();
  for (const [i, { said }] of statements.entries()) {
    for (const word of said) {
      const list = holders.get(word);
      if (list === undefined) holders.set(word, [i]);
      else list.push(i);
    }
  }
  const found: Contradiction<M>[] = [];
  for (const [i, a] of statements.entries()) {
    const others = new Set<number>();
    for (const word of a.said) {
      const list = holders.get(word) ?? [];
      if (list.length <= telling) for (const j of list) if (j > i) others.add(j);
    }
    for (const j of others) {
      const b = statements[j] as (typeof statements)[number];
      if (a.memory.type !== b.memory.type || a.memory.actor !== b.memory.actor || !related(a.memory, b.memory))
        continue;
      const shared = [...a.said].filter((word) => b.said.has(word)).length;
      if (shared < sharedShare * Math.min(a.said.size, b.said.size)) continue;
      const onlyA = [...a.said].filter((word) => !b.said.has(word));
      const onlyB = [...b.said].filter((word) => !a.said.has(word));
      const negated = [...onlyA, ...onlyB].some((word) => negations.has(word));
      // One that only says more does not contradict, unless what it says more is "not".
      if (!negated && (onlyA.length === 0 || onlyB.length === 0)) continue;
      found.push({
        first: a.memory,
        second: b.memory,
        reason: negated
          ? 'One denies what the other says.'
          : `One says “${onlyA.join(' ')}”, the other “${onlyB.join(' ')}”.`,
      });
    }
  }
  return found;
}

const negations = new Set(['not', 'no', 'never', 'none', 'nobody', 'nothing', 'without']);
const fillers = new Set([
  'a',
  'an',
  'the',
  'is',
  'are',
  'was',
  'were',
  'do',
  'does',
  'did',
  'has',
  'have',
  'had',
  'be',
  'been',
  'to',
  'of',
  'in',
  'on',
  'at',
  'and',
]);

/** The words of a statement; endings are cut by hand, so that "likes" and "like" meet. */
function said(content: string): Set<string> {
  const plain = content
    .toLowerCase()
    .replace(/\bcan['’]?t\b/g, 'can not')
    .replace(/n['’]t\b/g, ' not');
  const words = plain.match(/[\p{L}\p{N}]+(?:[-._/:][\p{L}\p{N}]+)*/gu) ?? [];
  return new Set(
    words.filter((word) => !fillers.has(word)).map((word) => (/^\p{L}{4,}s$/u.test(word) ? word.slice(0, -1) : word)),
  );
}

/** Which of the two stays in force; null where both do. */
export function keptOf<M extends Pick<Memory, 'id' | 'confidence' | 'occurredAt' | 'createdAt'>>(
  { first, second }: { first: M; second: M },
  strategy: MergeStrategy,
): M | null {
  if (strategy === 'KEEP_ALL') return null;
  if (strategy === 'KEEP_MOST_CONFIDENT' && first.confidence !== second.confidence) {
    return first.confidence > second.confidence ? first : second;
  }
  const time = (memory: M) => (memory.occurredAt ?? memory.createdAt).getTime();
  const firstIsLater = time(first) === time(second) ? first.id > second.id : time(first) > time(second);
  return firstIsLater ? first : second;
}

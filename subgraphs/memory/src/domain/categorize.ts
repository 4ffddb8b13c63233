import type { MemoryType } from './memory.js';
import { saysWhen } from './text/time-expressions.js';
import { words } from './text/words.js';

export interface Neighbour {
  readonly type: MemoryType;
  readonly tags: readonly string[];
  /** Cosine, 0 to 1. */
  readonly similarity: number;
}

const signs: readonly (readonly [MemoryType, RegExp])[] = [
  [
    'CODE',
    /```|^\s*(?:import|export|const|let|function|class|def|fn|func|public|#include|SELECT|CREATE)\b.*[({;:=]|=>|;\s*$/m,
  ],
  ['PROCEDURE', /^\s*(?:\d+[.)]|step \d)|\bhow to\b|\b(?:first|then|next|finally),|\bsteps?\b.*:/im],
  ['DECISION', /\b(?:decided|decision|agreed|chose|chosen|opted|settled on|we will use|will go with|going with)\b/i],
  [
    'PREFERENCE',
    /\b(?:prefer|prefers|preferred|favou?rite|likes?|loves?|dislikes?|hates?|rather|always wants?|never wants?)\b/i,
  ],
  ['REFERENCE', /\bhttps?:\/\/|\b(?:see|documented|documentation|docs|rfc \d+|isbn|doi)\b/i],
];

const near = 0.4; // below, a neighbour is about something else
const ownSign = 1.5; // what the content itself says counts more than one neighbour

/** The kind of memory that a content is: by what it says of itself, and by what those most like it are. */
export function suggestType(content: string, neighbours: readonly Neighbour[]): MemoryType {
  const votes = new Map<MemoryType, number>();
  const vote = (type: MemoryType, weight: number) => votes.set(type, (votes.get(type) ?? 0) + weight);
  const own = signs.find(([, sign]) => sign.test(content))?.[0];
  if (own !== undefined) vote(own, ownSign);
  else vote(saysWhen(content) ? 'EPISODE' : 'FACT', ownSign / 2);
  for (const { type, similarity } of neighbours.slice(0, 5)) if (similarity >= near) vote(type, similarity / 2);
  return [...votes].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 'FACT';
}

const maxTags = 8;

/**
 * Labels for a content: those it has, those that its near neighbours agree on, and its most telling words.
 * @param frequency in how many of `documents` memories a term occurs
 */
export function suggestTags(
  content: string,
  current: readonly string[],
  neighbours: readonly Neighbour[],
  rarity: { documents: number; frequency(term: string): number },
): string[] {
  const tags = new Set(current);
  const votes = new Map<string, number>();
  for (const { tags: theirs, similarity } of neighbours) {
    if (similarity >= near) for (const tag of theirs) votes.set(tag, (votes.get(tag) ?? 0) + similarity);
  }
  for (const [tag, weight] of [...votes].sort((a, b) => b[1] - a[1]))
    if (weight >= 0.5 && tags.size < maxTags) tags.add(tag);
  const scores = new Map<string, { label: string; score: number }>();
  for (const { surface, term } of words(content)) {
    if (term.length < 3 || /^\d+$/.test(term)) continue;
    const idf = Math.log(1 + rarity.documents / (rarity.frequency(term) + 1));
    const known = scores.get(term);
    scores.set(term, { label: surface.toLowerCase(), score: (known?.score ?? 0) + idf });
  }
  const wanted = Math.min(maxTags, Math.max(tags.size, 3));
  for (const { label } of [...scores.values()].sort((a, b) => b.score - a.score)) {
    if (tags.size >= wanted) break;
    tags.add(label);
  }
  return [...tags];
}

import { namedActors } from '../text/names.js';
import { asksWhen, dateWords, type MentionedDate, mentionedDates } from '../text/time-expressions.js';
import { terms, words } from '../text/words.js';
import type { TermDocument } from './bm25.js';

/** What a question says, read once for all candidates. */
export interface Question {
  /** What its words are compared by, each with how it stands in the question. */
  readonly words: ReadonlyMap<string, string>;
  readonly terms: ReadonlySet<string>;
  readonly actors: ReadonlySet<string>;
  readonly asksWhen: boolean;
  readonly dates: readonly MentionedDate[];
}

const maxTerms = 256; // a question longer than that is a text, of which the beginning will do

/** @param actors everyone who has said something in the scope */
export function readQuestion(text: string, actors: Iterable<string>): Question {
  const found = new Map<string, string>();
  for (const { surface, term } of words(text)) {
    if (found.size < maxTerms && !found.has(term)) found.set(term, surface);
  }
  return {
    words: found,
    terms: new Set(found.keys()),
    actors: namedActors(text, actors),
    asksWhen: asksWhen(text),
    dates: mentionedDates(text),
  };
}

/**
 * The document that keywords are looked up in: what was said, by whom, on which day.
 * @param said the terms of the content, or those of them that matter
 * @param termCount how many the content has
 */
export function keywordDocument(
  said: readonly string[],
  termCount: number,
  actor: string | null,
  at: Date,
): TermDocument {
  const more = [...(actor === null ? [] : terms(actor)), ...dateWords(at)];
  return { terms: [...said, ...more], length: termCount + more.length };
}

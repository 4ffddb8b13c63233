import { namedActors } from '../text/names.js';
import { asksWhen, dateWords, type MentionedDate, mentionedDates } from '../text/time-expressions.js';
import { terms, type Word, words } from '../text/words.js';

/** What a question says, read once for all candidates. */
export interface Question {
  /** Without the names of actors: who said a thing is compared by itself. */
  readonly words: readonly Word[];
  readonly terms: readonly string[];
  readonly actors: ReadonlySet<string>;
  readonly asksWhen: boolean;
  readonly dates: readonly MentionedDate[];
}

/** @param actors everyone who has said something in the scope */
export function readQuestion(text: string, actors: Iterable<string>): Question {
  const named = namedActors(text, actors);
  const all = words(text);
  return {
    words: all,
    terms: all.map(({ term }) => term),
    actors: named,
    asksWhen: asksWhen(text),
    dates: mentionedDates(text),
  };
}

/** The document that keywords are looked up in: what was said, by whom, on which day. */
export function keywordDocument(memory: {
  terms: readonly string[];
  actor: string | null;
  occurredAt: Date | null;
}): string[] {
  const document = [...memory.terms];
  if (memory.actor !== null) document.push(...terms(memory.actor));
  if (memory.occurredAt !== null) document.push(...dateWords(memory.occurredAt));
  return document;
}

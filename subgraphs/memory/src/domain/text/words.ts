import { stemmer } from 'stemmer';
import { stopWords } from './stop-words.js';

/** A word as it stands in a text, and the form in which it is compared. */
export interface Word {
  readonly surface: string;
  readonly term: string;
}

const longestWord = 64; // longer runs are hashes or base64: nobody searches for a part of one

const scripts = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}\\p{Script=Thai}';
const unspaced = new RegExp(`^[${scripts}]`, 'u');
const runs = new RegExp(`[${scripts}]+|[\\p{L}\\p{N}]+(?:['’][\\p{L}]+)*`, 'gu');
const camelCase = /\p{Ll}\p{Lu}|\p{Lu}{2}\p{Ll}{2}/u;
const camelParts = /\p{Lu}?\p{Ll}+|\p{Lu}+(?!\p{Ll})|\p{N}+/gu;

/**
 * The words of a text that say what it is about, in their order: without stop words, accents, case and endings.
 * `parseConfig` counts as itself and as its parts; scripts without spaces are taken in pairs of characters.
 */
export function words(text: string): Word[] {
  const out: Word[] = [];
  for (const [run] of text.normalize('NFC').matchAll(runs)) {
    if (run.length > longestWord) continue;
    if (unspaced.test(run)) {
      const characters = [...run];
      if (characters.length === 1) out.push({ surface: run, term: run });
      for (let i = 0; i + 1 < characters.length; i++) {
        const pair = `${characters[i]}${characters[i + 1]}`;
        out.push({ surface: pair, term: pair });
      }
      continue;
    }
    const [surface = ''] = run.split(/['’]/); // possessive and contracted endings carry nothing
    add(surface, out);
    if (camelCase.test(surface)) for (const [part] of surface.matchAll(camelParts)) add(part, out);
  }
  return out;
}

/** The terms alone. */
export const terms = (text: string): string[] => words(text).map(({ term }) => term);

function add(surface: string, out: Word[]): void {
  const plain = surface
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '');
  if (plain !== '' && !stopWords.has(plain)) out.push({ surface, term: stem(plain) });
}

const stems = new Map<string, string>();

/** Conversations repeat their words: most stems are remembered. */
function stem(word: string): string {
  const known = stems.get(word);
  if (known !== undefined) return known;
  const made = stemmer(word);
  if (stems.size > 50_000) stems.clear();
  stems.set(word, made);
  return made;
}

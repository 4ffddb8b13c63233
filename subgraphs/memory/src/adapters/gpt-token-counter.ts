import type { TokenCounter } from '../service/ports.js';

/** Counts in o200k_base, the vocabulary of current OpenAI models; others differ by some percent. */
export class GptTokenCounter implements TokenCounter {
  #counter: Promise<(text: string) => number> | undefined;

  load(): Promise<(text: string) => number> {
    this.#counter ??= open();
    return this.#counter;
  }
}

async function open(): Promise<(text: string) => number> {
  const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base');
  // Text may hold what looks like a control token; here it is text like any other.
  const countOf = (text: string) => countTokens(text, { disallowedSpecial: new Set() });
  return (text) => {
    // Merging costs the square of a run's length: text with a long run of one kind is counted in pieces, at worst a token
    // too many for each.
    if (!longRun.test(text)) return countOf(text);
    let count = 0;
    for (const [piece] of text.matchAll(pieces)) count += countOf(piece);
    return count;
  };
}
const longestRun = 64; // characters
const longRun = new RegExp(`\\S{${longestRun + 1}}|\\s{${longestRun + 1}}`, 'u');
const pieces = new RegExp(`\\s{0,${longestRun}}\\S{1,${longestRun}}|\\s{1,${longestRun}}`, 'gu');

/** How often terms occur in a set of documents. */
export interface TermStatistics {
  readonly documents: number;
  readonly averageLength: number;
  /** In how many documents the term occurs. */
  frequency(term: string): number;
}

export interface Bm25Options {
  /** How soon more occurrences stop counting. */
  readonly k1: number;
  /** How much a long document is held against itself, 0 to 1. */
  readonly b: number;
}

/** Turns are short and of one kind, so their length says little; found by measuring. */
export const bm25Defaults: Bm25Options = { k1: 1.2, b: 0.4 };

export interface KeywordMatch {
  readonly score: number;
  readonly matched: readonly string[];
}

/** A text as its terms. */
export interface TermDocument {
  /** In any order; of a long text only those that the question asks for. */
  readonly terms: readonly string[];
  /** How many terms the whole text has. */
  readonly length: number;
}

/** Statistics of these very documents. */
export function statisticsOf(documents: readonly TermDocument[]): TermStatistics {
  const frequencies = new Map<string, number>();
  let length = 0;
  for (const document of documents) {
    length += document.length;
    for (const term of new Set(document.terms)) frequencies.set(term, (frequencies.get(term) ?? 0) + 1);
  }
  return {
    documents: documents.length,
    averageLength: documents.length === 0 ? 0 : length / documents.length,
    frequency: (term) => frequencies.get(term) ?? 0,
  };
}

/** Okapi BM25 of one document for the terms of a question. */
export function bm25(
  question: ReadonlySet<string>,
  document: TermDocument,
  statistics: TermStatistics,
  { k1, b }: Bm25Options = bm25Defaults,
): KeywordMatch {
  const counts = new Map<string, number>();
  for (const term of document.terms) if (question.has(term)) counts.set(term, (counts.get(term) ?? 0) + 1);
  let score = 0;
  const norm = k1 * (1 - b + (b * document.length) / (statistics.averageLength || 1));
  for (const [term, count] of counts) {
    const frequency = Math.max(statistics.frequency(term), 1);
    const rarity = Math.log(1 + (statistics.documents - frequency + 0.5) / (frequency + 0.5));
    score += Math.max(rarity, 0.01) * ((count * (k1 + 1)) / (count + norm));
  }
  return { score, matched: counts.size === 0 ? [] : [...question].filter((term) => counts.has(term)) };
}

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

/** A text as its terms. */
export interface TermDocument {
  /** In any order; of a long text only those that the question asks for. */
  readonly terms: readonly string[];
  /** How many terms the whole text has. */
  readonly length: number;
}

/** A text as a question sees it: how often it holds each of the question's terms. */
export interface CountedDocument {
  readonly counts: ReadonlyMap<string, number>;
  readonly length: number;
}

const nothing: ReadonlyMap<string, number> = new Map();

export function countTerms(question: ReadonlySet<string>, document: TermDocument): CountedDocument {
  let counts: Map<string, number> | undefined; // most texts hold none of the terms
  for (const term of document.terms) {
    if (!question.has(term)) continue;
    counts ??= new Map();
    counts.set(term, (counts.get(term) ?? 0) + 1);
  }
  return { counts: counts ?? nothing, length: document.length };
}

/** Several texts as one. */
export function joinDocuments(documents: readonly CountedDocument[]): CountedDocument {
  const counts = new Map<string, number>();
  let length = 0;
  for (const document of documents) {
    length += document.length;
    for (const [term, count] of document.counts) counts.set(term, (counts.get(term) ?? 0) + count);
  }
  return { counts, length };
}

/** Statistics of these very documents. */
export function statisticsOf(documents: readonly CountedDocument[]): TermStatistics {
  const frequencies = new Map<string, number>();
  let length = 0;
  for (const document of documents) {
    length += document.length;
    for (const term of document.counts.keys()) frequencies.set(term, (frequencies.get(term) ?? 0) + 1);
  }
  return {
    documents: documents.length,
    averageLength: documents.length === 0 ? 0 : length / documents.length,
    frequency: (term) => frequencies.get(term) ?? 0,
  };
}

/** Okapi BM25 of one document. */
export function bm25(
  document: CountedDocument,
  statistics: TermStatistics,
  { k1, b }: Bm25Options = bm25Defaults,
): number {
  let score = 0;
  const norm = k1 * (1 - b + (b * document.length) / (statistics.averageLength || 1));
  for (const [term, count] of document.counts) {
    const frequency = Math.max(statistics.frequency(term), 1);
    const rarity = Math.log(1 + (statistics.documents - frequency + 0.5) / (frequency + 0.5));
    score += Math.max(rarity, 0.01) * ((count * (k1 + 1)) / (count + norm));
  }
  return score;
}

import { dateFit } from '../text/time-expressions.js';
import {
  bm25,
  type CountedDocument,
  countTerms,
  statisticsOf,
  type TermDocument,
  type TermStatistics,
} from './bm25.js';
import { minMax, ranks } from './fusion.js';
import type { Question } from './question.js';
import { placesInSessions, sessionRelevance } from './sessions.js';

export type SearchMode = 'HYBRID' | 'SEMANTIC' | 'KEYWORD';

/** A memory as the ranking sees it. */
export interface Candidate {
  readonly id: string;
  /** What keywords are looked up in; see `keywordDocument`. */
  readonly document: TermDocument;
  readonly actor: string | null;
  readonly occurredAt: Date | null;
  readonly sessionId: string | null;
  readonly sequence: number | null;
  /** Cosine of its vector and the question's, -1 to 1; null where either has none. */
  readonly similarity: number | null;
  readonly asks: boolean;
  readonly saysWhen: boolean;
  /** Standing importance, 0 to 1. */
  readonly relevance: number;
  readonly createdAt: Date;
}

/** Why a memory is where it is: the parts of its score. */
export interface Explanation {
  readonly semanticRank: number | null;
  readonly keywordRank: number | null;
  readonly semanticSimilarity: number | null;
  readonly keywordScore: number | null;
  readonly recencyBoost: number;
  readonly relevanceBoost: number;
  /** As they stand in the question. */
  readonly matchedTerms: readonly string[];
}

export interface Ranked<C extends Candidate = Candidate> {
  readonly candidate: C;
  readonly score: number;
  readonly explanation: Explanation;
}

/** What each part counts, where vectors and keywords together are about 1. Set by measuring; zero turns a part off. */
export interface RankingWeights {
  readonly semantic: number;
  readonly keyword: number;
  /** Said by whom the question names. */
  readonly actor: number;
  /** Of the better score of the turns just before and after. */
  readonly neighbours: number;
  /** Of the words of the question that it answers: “Yes, in Lisbon” says what was asked. */
  readonly answers: number;
  /** Of the similarity of what was said just before. */
  readonly before: number;
  /** Taken from what is itself a question. */
  readonly questions: number;
  /** Says when, and the question asks it. */
  readonly when: number;
  /** Told near a date that the question names. */
  readonly date: number;
  /** The session as one document. */
  readonly session: number;
  readonly recency: number;
  readonly relevance: number;
}

/** Found by coordinate ascent on five public conversations; bench/memory.bench.ts measures them again. */
export const defaultWeights: RankingWeights = {
  semantic: 0.65,
  keyword: 0.26,
  actor: 0.4,
  neighbours: 0.08,
  answers: 1,
  before: 0.2,
  questions: 0.17,
  when: 0.25,
  date: 0.27,
  session: 0.18,
  recency: 0.01,
  relevance: 0.02,
};

const recencyHalfLifeMs = 30 * 86_400_000; // 30 days

/**
 * Orders candidates for a question, the best first. SEMANTIC orders by similarity and KEYWORD by BM25 alone; HYBRID adds
 * both and what else tells an answer: who said it, when, what was said around it.
 * @param options.statistics of the whole scope, where the candidates are only a part of it @default of the candidates
 */
export function rank<C extends Candidate>(
  question: Question,
  candidates: readonly C[],
  options: { mode: SearchMode; now: Date; weights?: RankingWeights; statistics?: TermStatistics },
): Ranked<C>[] {
  const weights = options.weights ?? defaultWeights;
  const documents = candidates.map(({ document }) => countTerms(question.terms, document));
  const statistics = options.statistics ?? statisticsOf(documents);
  const keyword = documents.map((document) => bm25(document, statistics));
  const similarities = candidates.map(({ similarity }) => similarity);
  const semanticRanks = ranks(similarities);
  const keywordRanks = ranks(keyword);
  const recency = candidates.map(({ createdAt }) => weights.recency * recencyOf(createdAt, options.now));
  const relevance = candidates.map((candidate) => weights.relevance * candidate.relevance);
  const hybrid = options.mode === 'HYBRID';
  const scores = hybrid
    ? hybridScores(question, candidates, documents, statistics, weights)
    : candidates.map((_, i) => (options.mode === 'SEMANTIC' ? (similarities[i] ?? null) : keyword[i] || null));

  const ranked: Ranked<C>[] = [];
  for (const [i, candidate] of candidates.entries()) {
    const score = scores[i] ?? null;
    if (score === null) continue;
    const recencyBoost = hybrid ? (recency[i] as number) : 0;
    const relevanceBoost = hybrid ? (relevance[i] as number) : 0;
    const found = documents[i]?.counts;
    ranked.push({
      candidate,
      score: score + recencyBoost + relevanceBoost,
      explanation: {
        semanticRank: semanticRanks[i] ?? null,
        keywordRank: keywordRanks[i] ?? null,
        semanticSimilarity: candidate.similarity,
        keywordScore: keyword[i] || null,
        recencyBoost,
        relevanceBoost,
        matchedTerms: found?.size
          ? [...question.words].flatMap(([term, surface]) => (found.has(term) ? surface : []))
          : [],
      },
    });
  }
  // The newer first where nothing else tells them apart: ids grow with time.
  return ranked.sort((a, b) => b.score - a.score || (a.candidate.id < b.candidate.id ? 1 : -1));
}

function hybridScores(
  question: Question,
  candidates: readonly Candidate[],
  documents: readonly CountedDocument[],
  statistics: TermStatistics,
  weights: RankingWeights,
): number[] {
  const places = placesInSessions(candidates);
  const similarity = (i: number | undefined) => (i === undefined ? 0 : (candidates[i]?.similarity ?? 0));
  const semantic = minMax(
    candidates.map((_, i) => similarity(i) + weights.before * Math.max(0, similarity(places.before(i)))),
  );
  const keywords = minMax(
    documents.map((document, i) => {
      const asked = places.answers(i);
      return bm25(
        asked === undefined ? document : withWordsOf(document, documents[asked], weights.answers),
        statistics,
      );
    }),
  );
  const base = candidates.map((candidate, i) => {
    let score = weights.semantic * (semantic[i] as number) + weights.keyword * (keywords[i] as number);
    if (candidate.actor !== null && question.actors.has(candidate.actor)) score += weights.actor;
    if (candidate.asks) score -= weights.questions;
    if (question.asksWhen && candidate.saysWhen) score += weights.when;
    const at = candidate.occurredAt;
    if (at !== null && question.dates.length > 0) {
      score += weights.date * Math.max(...question.dates.map((date) => dateFit(at, date)));
    }
    return score;
  });
  const scores = [...base];
  const neighbour = (i: number | undefined) => (i === undefined ? 0 : (base[i] as number));
  const relevance = sessionRelevance(places.sessions, documents, semantic);
  for (const [s, members] of places.sessions.entries()) {
    for (const i of members) {
      const better = Math.max(0, neighbour(places.before(i)), neighbour(places.after(i)));
      scores[i] = (base[i] as number) + weights.neighbours * better + weights.session * (relevance[s] as number);
    }
  }
  return scores;
}

/** The answer's own length: what was asked makes it no longer. */
function withWordsOf(document: CountedDocument, asked: CountedDocument | undefined, share: number): CountedDocument {
  if (asked === undefined || asked.counts.size === 0 || share === 0) return document;
  const counts = new Map(document.counts);
  for (const [term, count] of asked.counts) counts.set(term, (counts.get(term) ?? 0) + share * count);
  return { counts, length: document.length };
}

const recencyOf = (at: Date, now: Date): number =>
  0.5 ** (Math.max(0, now.getTime() - at.getTime()) / recencyHalfLifeMs);

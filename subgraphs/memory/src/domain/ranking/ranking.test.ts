import { describe, expect, it } from 'vitest';
import { terms } from '../text/words.js';
import { bm25, countTerms, statisticsOf } from './bm25.js';
import { minMax, ranks } from './fusion.js';
import { readQuestion } from './question.js';
import { type Candidate, defaultWeights, type RankingWeights, rank } from './rank.js';

const now = new Date('2026-06-01T00:00:00Z');
let serial = 0;
const said = (content: string, over: Partial<Candidate> = {}): Candidate => ({
  id: `mem_${String(serial++).padStart(4, '0')}`,
  document: { terms: terms(content), length: terms(content).length },
  actor: null,
  occurredAt: null,
  sessionId: null,
  sequence: null,
  similarity: 0.2,
  asks: false,
  saysWhen: false,
  relevance: 0.5,
  createdAt: new Date('2026-01-01T00:00:00Z'),
  ...over,
});
const only = (part: Partial<RankingWeights>): RankingWeights => ({
  ...(Object.fromEntries(Object.keys(defaultWeights).map((key) => [key, 0])) as unknown as RankingWeights),
  ...part,
});
const first = (question: string, candidates: Candidate[], weights: RankingWeights) =>
  rank(
    readQuestion(
      question,
      candidates.flatMap(({ actor }) => actor ?? []),
    ),
    candidates,
    { mode: 'HYBRID', now, weights },
  )[0]?.candidate;

describe('BM25', () => {
  const score = (question: string, text: string, others: string[]) => {
    const asked = new Set(terms(question));
    const counted = [text, ...others].map((one) => countTerms(asked, { terms: terms(one), length: terms(one).length }));
    return bm25(counted[0]!, statisticsOf(counted));
  };

  it('counts rare terms more than common ones, and more occurrences less and less', () => {
    const others = ['common word', 'common thing', 'common place'];
    expect(score('rare', 'rare common', others)).toBeGreaterThan(score('common', 'rare common', others));
    const [once, twice, thrice] = ['rare', 'rare rare', 'rare rare rare'].map((text) =>
      score('rare', `${text} x y`, others),
    ) as [number, number, number];
    expect(twice).toBeGreaterThan(once);
    expect(thrice - twice).toBeLessThan(twice - once);
  });

  it('holds length against a document, and gives nothing for nothing', () => {
    expect(score('rare', 'rare', ['filler'])).toBeGreaterThan(
      score('rare', `rare ${'filler '.repeat(50)}`, ['filler']),
    );
    expect(score('absent', 'rare', [])).toBe(0);
    expect(score('', 'rare', [])).toBe(0);
  });
});

describe('fusion', () => {
  it('brings scores to 0 to 1 and survives equal and missing ones', () => {
    expect(minMax([2, 4, 3])).toEqual([0, 1, 0.5]);
    expect(minMax([7, 7])).toEqual([1, 1]);
    expect(minMax([0, 0])).toEqual([0, 0]);
    expect(minMax([])).toEqual([]);
    expect(ranks([0.1, 0.9, null, 0, 0.9])).toEqual([3, 1, null, null, 1]);
  });
});

describe('each part of the ranking alone', () => {
  it('puts the speaker that the question names first', () => {
    const ada = said('I like tea', { actor: 'Ada Lovelace' });
    expect(first('What does Ada like?', [said('I like tea', { actor: 'Bob' }), ada], only({ actor: 1 }))).toBe(ada);
  });

  it('puts what stands beside a hit before what stands alone', () => {
    const turn = (content: string, sequence: number, over: Partial<Candidate> = {}) =>
      said(content, { sessionId: 's', sequence, ...over });
    const beside = turn('Sure, here it is', 2, { similarity: 0.1 });
    const candidates = [
      turn('Where is the hidden treasure?', 1, { similarity: 0.9 }),
      beside,
      turn('Other', 9, { similarity: 0.1 }),
    ];
    const ranked = rank(readQuestion('hidden treasure', []), candidates, {
      mode: 'HYBRID',
      now,
      weights: only({ semantic: 1, neighbours: 0.5 }),
    });
    expect(ranked[1]?.candidate).toBe(beside);
  });

  it('lets an answer have the words and the meaning of what was asked', () => {
    const turn = (content: string, actor: string, sequence: number, over: Partial<Candidate> = {}) =>
      said(content, { sessionId: 's', sequence, actor, ...over });
    const answer = turn('Yes, the blue one', 'Ada', 2, { similarity: 0.1 });
    const candidates = [
      turn('Did you buy a bicycle?', 'Bob', 1, { asks: true, similarity: 0.9 }),
      answer,
      turn('Nice', 'Bob', 7, { similarity: 0.1 }),
    ];
    const ranked = (weights: RankingWeights) =>
      rank(readQuestion('bicycle', []), candidates, { mode: 'HYBRID', now, weights }).map(({ candidate }) =>
        candidates.indexOf(candidate),
      );
    expect(ranked(only({ keyword: 1, answers: 0.5 }))).toEqual([0, 1, 2]);
    expect(ranked(only({ semantic: 1, before: 0.5 }))).toEqual([0, 1, 2]);
    expect(rank(readQuestion('bicycle', []), candidates, { mode: 'KEYWORD', now })).toHaveLength(1);
  });

  it('ranks questions lower, times higher for “when”, and the day that is asked for', () => {
    const answer = said('Tea, please');
    expect(first('tea', [said('Tea?', { asks: true }), answer], only({ questions: 1 }))).toBe(answer);
    const dated = said('We met last week', { saysWhen: true });
    expect(first('When did you meet?', [said('We met'), dated], only({ when: 1 }))).toBe(dated);
    const may = said('We met', { occurredAt: new Date('2023-05-08T12:00:00Z') });
    const july = said('We met', { occurredAt: new Date('2023-07-08T12:00:00Z') });
    expect(first('Who met in May 2023?', [july, may], only({ date: 1 }))).toBe(may);
  });

  it('prefers the session that as a whole is about the question', () => {
    const turn = (content: string, sessionId: string, sequence: number) => said(content, { sessionId, sequence });
    const wanted = turn('It went well', 'holiday', 2);
    const candidates = [
      turn('It went well', 'work', 2),
      turn('The budget', 'work', 1),
      turn('The beach and the sun', 'holiday', 1),
      wanted,
    ];
    const ranked = rank(readQuestion('beach', []), candidates, { mode: 'HYBRID', now, weights: only({ session: 1 }) });
    expect(ranked.slice(0, 2).map(({ candidate }) => candidate.sessionId)).toEqual(['holiday', 'holiday']);
  });
});

describe('ranking', () => {
  it('orders SEMANTIC by similarity and KEYWORD by words alone, leaving out what has neither', () => {
    const question = readQuestion('green tea', []);
    const candidates = [
      said('green tea', { similarity: null }),
      said('a hot drink', { similarity: 0.8 }),
      said('cars', { similarity: 0.1 }),
    ];
    const order = (mode: 'SEMANTIC' | 'KEYWORD' | 'HYBRID') =>
      rank(question, candidates, { mode, now }).map(({ candidate }) => candidates.indexOf(candidate));
    expect(order('SEMANTIC')).toEqual([1, 2]);
    expect(order('KEYWORD')).toEqual([0]);
    expect(order('HYBRID')).toHaveLength(3);
  });

  it('explains a score by its parts', () => {
    const [hit] = rank(readQuestion('Preferring greens', []), [said('prefer green')], { mode: 'HYBRID', now });
    expect(hit?.explanation).toMatchObject({
      semanticRank: 1,
      keywordRank: 1,
      semanticSimilarity: 0.2,
      matchedTerms: ['Preferring', 'greens'],
    });
    expect(hit?.explanation.keywordScore).toBeGreaterThan(0);
    expect(hit?.explanation.relevanceBoost).toBeGreaterThan(0);
  });

  it('takes no candidates, no words, and a question of very many', () => {
    expect(rank(readQuestion('x', []), [], { mode: 'HYBRID', now })).toEqual([]);
    expect(rank(readQuestion('', []), [said('x')], { mode: 'HYBRID', now })).toHaveLength(1);
    const long = Array.from({ length: 5_000 }, (_, i) => `word${i}`).join(' ');
    expect(readQuestion(long, []).terms.size).toBeLessThanOrEqual(256);
  });
});

/**
 * Scores brought to 0 to 1 between the least and the greatest, so that scores of different kinds can be added. Joining by
 * rank instead (RRF) throws away how much better the best is: it does worse than keywords alone.
 */
export function minMax(scores: readonly number[]): number[] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const score of scores) {
    if (score < low) low = score;
    if (score > high) high = score;
  }
  const range = high - low;
  return scores.map((score) => (range > 0 ? (score - low) / range : score > 0 ? 1 : 0));
}

/** 1 for the greatest score, 2 for the next, the same for equals; null where there is no score above zero. */
export function ranks(scores: readonly (number | null)[]): (number | null)[] {
  const order = scores.map((score, index) => ({ score, index })).filter(({ score }) => score !== null && score > 0);
  order.sort((a, b) => (b.score as number) - (a.score as number) || a.index - b.index);
  const out: (number | null)[] = scores.map(() => null);
  for (const [place, { score, index }] of order.entries()) {
    const before = order[place - 1];
    out[index] = before !== undefined && before.score === score ? (out[before.index] ?? null) : place + 1;
  }
  return out;
}

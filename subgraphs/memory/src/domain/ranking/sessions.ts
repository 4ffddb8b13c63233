import { bm25, type CountedDocument, joinDocuments, statisticsOf } from './bm25.js';
import { minMax } from './fusion.js';

interface Placed {
  readonly actor: string | null;
  readonly sessionId: string | null;
  readonly sequence: number | null;
  readonly asks: boolean;
}

/** Where candidates stand in their sessions; all numbers are places in the list of candidates. */
export interface SessionPlaces {
  /** Each session in its order. */
  readonly sessions: readonly (readonly number[])[];
  /** What was said just before, where that is a candidate too. */
  before(candidate: number): number | undefined;
  after(candidate: number): number | undefined;
  /** The question of somebody else that it answers. */
  answers(candidate: number): number | undefined;
}

export function placesInSessions(candidates: readonly Placed[]): SessionPlaces {
  const sessions = new Map<string, number[]>();
  for (const [i, { sessionId, sequence }] of candidates.entries()) {
    if (sessionId === null || sequence === null) continue;
    const members = sessions.get(sessionId);
    if (members === undefined) sessions.set(sessionId, [i]);
    else members.push(i);
  }
  const sequence = (i: number) => candidates[i]?.sequence ?? 0;
  const previous = new Map<number, number>();
  const next = new Map<number, number>();
  for (const members of sessions.values()) {
    members.sort((a, b) => sequence(a) - sequence(b));
    for (const [place, member] of members.entries()) {
      const one = members[place - 1];
      if (one === undefined || sequence(member) - sequence(one) > 1) continue;
      previous.set(member, one);
      next.set(one, member);
    }
  }
  return {
    sessions: [...sessions.values()],
    before: (candidate) => previous.get(candidate),
    after: (candidate) => next.get(candidate),
    answers(candidate) {
      const one = previous.get(candidate);
      if (one === undefined || candidates[one]?.asks !== true) return undefined;
      return candidates[one]?.actor === candidates[candidate]?.actor ? undefined : one;
    },
  };
}

/** How much each session as a whole is about the question, 0 to 1; nothing where there is only one. */
export function sessionRelevance(
  sessions: readonly (readonly number[])[],
  documents: readonly CountedDocument[],
  semantic: readonly number[],
): number[] {
  if (sessions.length < 2) return sessions.map(() => 0);
  const whole = sessions.map((members) => joinDocuments(members.map((i) => documents[i] as CountedDocument)));
  const statistics = statisticsOf(whole);
  const keywords = minMax(whole.map((document) => bm25(document, statistics)));
  const meaning = minMax(sessions.map((members) => Math.max(...members.map((i) => semantic[i] as number))));
  return sessions.map((_, s) => ((keywords[s] as number) + (meaning[s] as number)) / 2);
}

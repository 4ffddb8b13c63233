import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newId } from '@agentos/kernel';
import { createMemoryModule, memoryPersistence } from '@agentos/memory';
import { createTestPlatform, testContext } from '@agentos/platform/testing';
import { graphql } from 'graphql';
import type { BenchResult } from './report.js';

interface Conversation {
  readonly name: string;
  readonly turns: readonly {
    id: string;
    session: string;
    sequence: number;
    date: string;
    speaker: string;
    text: string;
  }[];
  readonly questions: readonly { text: string; category: string; evidence: readonly string[] }[];
}

const ownData = fileURLToPath(new URL('data/memory/', import.meta.url));
const depth = 200; // hits asked for: the ranks that rank fusion needs
const rankFusionConstant = 60;
const leftOut = 'adversarial'; // questions without an answer in the conversation

/**
 * How much of a question's evidence is among the first hits: the whole pipeline beside its parts, over the same memories in
 * the same run. Reads a folder of conversations from AGENTOS_BENCH_DATA, or a small one of our own.
 */
export async function run(): Promise<BenchResult> {
  const folder = process.env.AGENTOS_BENCH_DATA ?? ownData;
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).sort();
  const conversations: Conversation[] = [];
  for (const file of files) conversations.push(JSON.parse(await readFile(join(folder, file), 'utf8')));
  const ways = ['BM25 alone', 'vectors alone', 'rank fusion', 'whole pipeline'] as const;
  const measures = new Map<string, Measure>();
  const measure = (way: string, category: string) => {
    const key = `${way}|${category}`;
    const known = measures.get(key) ?? new Measure();
    measures.set(key, known);
    return known;
  };
  const within = new Measure();
  const tookMs: number[] = [];
  let turns = 0;
  let storedMs = 0;

  await using platform = await createTestPlatform([memoryPersistence]);
  const memory = createMemoryModule(platform);
  await memory.start();
  for (const conversation of conversations) {
    const request = testContext();
    const ask = async <T>(source: string, variableValues: Record<string, unknown>): Promise<T> => {
      const contextValue = { request, loaders: memory.loaders(request) };
      const { data, errors } = await graphql({ schema: memory.schema, source, variableValues, contextValue });
      if (errors?.[0] !== undefined) throw errors[0];
      return data as T;
    };
    const started = performance.now();
    const turnOf = await store(conversation, ask);
    storedMs += performance.now() - started;
    turns += conversation.turns.length;
    const sessionOf = new Map(conversation.turns.map(({ id, session }) => [id, session]));

    for (const { text, category, evidence } of conversation.questions) {
      if (category === leftOut || evidence.length === 0) continue;
      const search = async (mode: string) => {
        const { searchMemories } = await ask<{
          searchMemories: { tookMs: number; hits: { memory: { id: string } }[] };
        }>(
          'query ($text: String!, $mode: SearchMode, $first: Int) { searchMemories(query: $text, mode: $mode, first: $first) { tookMs hits { memory { id } } } }',
          { text, mode, first: depth },
        );
        if (mode === 'HYBRID') tookMs.push(searchMemories.tookMs);
        return searchMemories.hits.map((hit) => turnOf.get(hit.memory.id) ?? '');
      };
      const keyword = await search('KEYWORD');
      const semantic = await search('SEMANTIC');
      const lists = [keyword, semantic, fuseRanks([keyword, semantic]), await search('HYBRID')];
      for (const [i, way] of ways.entries()) {
        for (const group of ['all', category]) measure(way, group).add(evidence, lists[i] ?? [], sessionOf);
      }
      const { assembleContext } = await ask<{ assembleContext: { memories: { id: string }[] } }>(
        'query ($text: String!) { assembleContext(query: $text, tokenBudget: 1000) { memories { id } } }',
        { text },
      );
      const chosen = assembleContext.memories.map(({ id }) => turnOf.get(id) ?? '');
      within.addShare(evidence.filter((id) => chosen.includes(id)).length / evidence.length);
    }
  }
  await memory.stop(AbortSignal.timeout(10_000));

  tookMs.sort((a, b) => a - b);
  const at = (share: number) => (tookMs[Math.floor(tookMs.length * share)] ?? 0).toFixed(1);
  return {
    name: process.env.AGENTOS_BENCH_DATA === undefined ? 'memory' : 'memory-conversations',
    notes: [
      `${conversations.length} conversations, ${turns} turns, ${tookMs.length} questions with evidence; figures in percent.`,
      `Evidence within 1,000 tokens (assembleContext): ${within.share()} %.`,
      `Stored with vectors in ${(turns / (storedMs / 1000)).toFixed(0)} turns a second; whole pipeline p50 ${at(0.5)} ms, p99 ${at(0.99)} ms.`,
      'Embedded database, MiniLM int8; no language model.',
    ],
    rows: [...measures].map(([key, found]) => {
      const [way = '', questions = ''] = key.split('|');
      return { way, questions, ...found.row() };
    }),
  };
}

/** In one batch per session, as they were said; gives the turn of each memory. */
async function store(
  conversation: Conversation,
  ask: <T>(source: string, variables: Record<string, unknown>) => Promise<T>,
): Promise<Map<string, string>> {
  const turnOf = new Map<string, string>();
  for (const session of new Set(conversation.turns.map((turn) => turn.session))) {
    const said = conversation.turns.filter((turn) => turn.session === session);
    const sessionId = newId('sess');
    const { storeMemories } = await ask<{ storeMemories: { memories: { id: string }[] } }>(
      'mutation ($inputs: [StoreMemoryInput!]!) { storeMemories(inputs: $inputs) { memories { id } } }',
      {
        inputs: said.map(({ text, speaker, date, sequence }) => ({
          content: text,
          actor: speaker,
          occurredAt: date,
          sequence,
          sessionId,
          type: 'EPISODE',
        })),
      },
    );
    for (const [i, { id }] of storeMemories.memories.entries()) turnOf.set(id, said[i]?.id ?? '');
  }
  return turnOf;
}

function fuseRanks(lists: readonly (readonly string[])[]): string[] {
  const scores = new Map<string, number>();
  for (const list of lists) {
    for (const [rank, id] of list.entries())
      scores.set(id, (scores.get(id) ?? 0) + 1 / (rankFusionConstant + rank + 1));
  }
  return [...scores].sort((a, b) => b[1] - a[1]).map(([id]) => id);
}

class Measure {
  #questions = 0;
  #sums = { recallAt5: 0, recallAt10: 0, mrr: 0, sessionRecallAt10: 0 };
  #shares = 0;

  add(evidence: readonly string[], hits: readonly string[], sessionOf: ReadonlyMap<string, string>): void {
    const recall = (wanted: readonly string[], found: ReadonlySet<string>) =>
      wanted.filter((id) => found.has(id)).length / wanted.length;
    const session = (id: string) => sessionOf.get(id) ?? '';
    const first = hits.findIndex((id) => evidence.includes(id));
    this.#questions += 1;
    this.#sums.recallAt5 += recall(evidence, new Set(hits.slice(0, 5)));
    this.#sums.recallAt10 += recall(evidence, new Set(hits.slice(0, 10)));
    this.#sums.mrr += first < 0 ? 0 : 1 / (first + 1);
    this.#sums.sessionRecallAt10 += recall(
      [...new Set(evidence.map(session))],
      new Set(hits.slice(0, 10).map(session)),
    );
  }

  addShare(share: number): void {
    this.#questions += 1;
    this.#shares += share;
  }

  share(): string {
    return ((100 * this.#shares) / this.#questions).toFixed(1);
  }

  row(): Record<string, string | number> {
    const percent = (sum: number) => ((100 * sum) / this.#questions).toFixed(1);
    return {
      'R@5': percent(this.#sums.recallAt5),
      'R@10': percent(this.#sums.recallAt10),
      MRR: percent(this.#sums.mrr),
      'session R@10': percent(this.#sums.sessionRecallAt10),
      n: this.#questions,
    };
  }
}

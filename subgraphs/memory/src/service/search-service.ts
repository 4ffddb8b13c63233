import { badInput, type Clock, pageSize, type RequestContext, requireText } from '@agentos/kernel';
import type { Database, Metrics } from '@agentos/platform';
import type { MemoryFilter } from '../domain/filter.js';
import type { Memory } from '../domain/memory.js';
import { readQuestion } from '../domain/ranking/question.js';
import { type Candidate, type Explanation, type Ranked, rank, type SearchMode } from '../domain/ranking/rank.js';
import type { CandidateStore } from '../store/candidate-store.js';
import { memoryStore } from '../store/memory-store.js';
import type { AccessLog } from './access-log.js';
import type { MemoryEmbedding } from './memory-embedding.js';
import { type GivenFilter, readFilter } from './memory-filter.js';
import type { ResidentIndex } from './resident-index.js';

export interface SearchRequest {
  readonly query: string;
  readonly filter: GivenFilter;
  readonly mode: SearchMode;
  readonly first: number;
  readonly minScore?: number | undefined;
  /** Whether somebody reads what is found. @default true */
  readonly isRead?: boolean | undefined;
}

export interface SearchHit {
  readonly memory: Memory;
  readonly score: number;
  readonly explanation: Explanation;
}

export interface SearchResult {
  readonly hits: readonly SearchHit[];
  readonly tookMs: number;
  readonly index: 'pgvector' | 'weaviate';
  /** By keywords only, because the meaning could not be asked for. */
  readonly degraded: boolean;
}

interface Ranking {
  readonly ranked: Ranked[];
  readonly degraded: boolean;
}

const maxQuery = 10_000; // characters
const wholeScope = 2_000; // memories; up to here a scope is ranked whole
const candidatesOfEachKind = 300;

/** Finds memories by meaning and by words. */
export class SearchService {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    private readonly candidates: CandidateStore,
    private readonly resident: ResidentIndex,
    private readonly embedding: MemoryEmbedding,
    private readonly accesses: AccessLog,
    private readonly metrics: Pick<Metrics, 'memorySearch'>,
  ) {}

  /**
   * The best first. A memory that was stored before this was called is among the candidates.
   * @throws AgentOSError BAD_USER_INPUT
   */
  async search(ctx: RequestContext, request: SearchRequest): Promise<SearchResult> {
    const started = performance.now();
    const first = pageSize(request.first, 1_000, 'first', 10);
    requireText(request.query, 'query', { max: maxQuery });
    if (request.minScore !== undefined && !Number.isFinite(request.minScore))
      throw badInput('minScore must be a number.', 'minScore');
    const filter = await readFilter(this.db, ctx, request.filter);
    const { ranked, degraded } = await this.#rank(ctx, request, filter);
    const wanted = ranked
      .filter(({ score }) => request.minScore === undefined || score >= request.minScore)
      .slice(0, first);
    const hits = await this.#hydrate(ctx, wanted, filter);
    if (request.isRead !== false)
      this.accesses.record(
        ctx,
        hits.map(({ memory }) => memory.id),
      );
    const tookMs = performance.now() - started;
    this.metrics.memorySearch.observe({ mode: request.mode }, tookMs / 1000);
    return { hits, tookMs, index: 'pgvector', degraded };
  }

  async #rank(ctx: RequestContext, request: SearchRequest, filter: MemoryFilter): Promise<Ranking> {
    const now = this.clock.now();
    const resident = await this.resident.scope(ctx, filter, now);
    const scope = resident ?? (await this.db.read(ctx, (manager) => this.candidates.scope(manager, filter, now)));
    if (scope.size === 0) return { ranked: [], degraded: false };
    const question = readQuestion(request.query, scope.actors);
    const wantsMeaning = request.mode !== 'KEYWORD' && request.query.trim() !== '';
    // Embedded between two transactions: the one backend must not wait for the model.
    const [values] = wantsMeaning ? await this.embedding.texts([request.query], scope.actors, ctx.signal) : [null];
    const vector = values == null ? null : { model: this.embedding.model, values };
    const degraded = wantsMeaning && vector === null;
    const mode = degraded ? 'KEYWORD' : request.mode;
    if (resident !== null)
      return { ranked: rank(question, resident.candidates(vector?.values ?? null), { mode, now }), degraded };
    const wanted = { filter, vector, terms: question.terms, limit: candidatesOfEachKind };
    if (scope.size <= wholeScope) {
      const candidates = await this.db.read(ctx, (manager) => this.candidates.all(manager, wanted, now));
      return { ranked: rank(question, candidates, { mode, now }), degraded };
    }
    const { candidates, statistics } = await this.db.read(ctx, async (manager) => {
      const counted = await this.candidates.statistics(manager, filter, question.terms, scope.size, now);
      const rarity = new Map(
        [...question.terms].map((term) => [term, Math.log(1 + scope.size / (counted.frequency(term) + 1))] as const),
      );
      const found: Candidate[] = await this.candidates.nearest(manager, wanted, rarity, now);
      return { candidates: found, statistics: counted };
    });
    return { ranked: rank(question, candidates, { mode, now, statistics }), degraded };
  }

  /** Reads the memories themselves, and filters again: what was removed since the ranking is left out. */
  async #hydrate(ctx: RequestContext, ranked: readonly Ranked[], filter: MemoryFilter): Promise<SearchHit[]> {
    if (ranked.length === 0) return [];
    const ids = ranked.map(({ candidate }) => candidate.id);
    const found = await this.db.read(ctx, (manager) =>
      memoryStore.findFiltered(manager, ids, filter, this.clock.now()),
    );
    const byId = new Map(found.map((memory) => [memory.id, memory]));
    return ranked.flatMap(({ candidate, score, explanation }) => {
      const memory = byId.get(candidate.id);
      return memory === undefined ? [] : [{ memory, score, explanation }];
    });
  }
}

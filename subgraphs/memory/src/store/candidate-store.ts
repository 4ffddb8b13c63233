import type { EntityManager } from 'typeorm';
import type { FilteredFields, MemoryFilter } from '../domain/filter.js';
import type { TermStatistics } from '../domain/ranking/bm25.js';
import { keywordDocument } from '../domain/ranking/question.js';
import type { Candidate } from '../domain/ranking/rank.js';
import { relevanceSql } from '../domain/relevance.js';
import { arrayText, vectorText } from './embedding-store.js';
import { filterSql, Parameters } from './filter-sql.js';

/** What a search needs to know of its scope before it asks for candidates. */
export interface Scope {
  readonly size: number;
  /** Everyone who has said something in it, the most talkative first. */
  readonly actors: readonly string[];
}

export interface CandidateRequest {
  readonly filter: MemoryFilter;
  /** The question's vector; null where only keywords are wanted, or there is no embedder. */
  readonly vector: { readonly model: string; readonly values: Float32Array } | null;
  readonly terms: ReadonlySet<string>;
  /** Of each kind, where the scope is too large to be ranked whole. */
  readonly limit: number;
}

interface CandidateRow {
  id: string;
  terms: string | null;
  term_count: number;
  actor: string | null;
  occurred_at: Date | null;
  session_id: string | null;
  sequence: number | null;
  similarity: number | null;
  asks: boolean;
  says_when: boolean;
  relevance: number;
  created_at: Date;
}

/** Where memories belong. */
export interface Places {
  readonly sessions: readonly string[];
  readonly projects: readonly string[];
  readonly agents: readonly string[];
  readonly contexts: readonly string[];
  /** Whether some belong to none of these. */
  readonly nowhere: boolean;
}

/** A memory as an index in the process keeps it. */
export interface ResidentRow extends FilteredFields {
  readonly id: string;
  readonly expires_at: Date | null;
  readonly accessed_at: Date;
  readonly access_count: number;
  readonly link_count: number;
  readonly sequence: number | null;
  readonly asks: boolean;
  readonly says_when: boolean;
  readonly terms: string | null;
  /** `[0.1,…]` of pgvector or `{0.1,…}` of an array. */
  readonly embedding: string | null;
}

export interface MemoryChanges {
  /** Pass it as the next `since`. */
  readonly horizon: string;
  /** How many memories the tenant has; more in the copy are those that have been removed. */
  readonly size: number;
  readonly rows: readonly ResidentRow[];
}

const filteredColumns = `m.id, m.actor, m.occurred_at as "occurredAt", m.type, m.tags, m.context_id as "contextId", m.project_id as "projectId",
  m.agent_id as "agentId", m.session_id as "sessionId", m.source, m.trust, m.confidence, m.validation_status as "validationStatus",
  m.created_at as "createdAt", m.valid_from as "validFrom", m.valid_to as "validTo"`;
const latelySpoken = 500; // memories of one kind of place
const termArray = `string_to_array(m.terms, ' ')`;
/** More names than that are no longer the participants of a conversation. */
export const maxActors = 200;
const longTerms = 8_000; // characters of terms; of longer contents only what is asked for is read

/** The index of the embedded mode: vectors and words as they are in the database, never older than the last commit. */
export class CandidateStore {
  #hasPgvector: boolean | undefined;

  async scope(manager: EntityManager, filter: MemoryFilter, now: Date): Promise<Scope> {
    const p = new Parameters();
    const rows: { actor: string | null; count: number }[] = await manager.query(
      `select m.actor, count(*)::int as count from memory m where ${filterSql(filter, p, now)} group by m.actor order by 2 desc`,
      p.values,
    );
    return {
      size: rows.reduce((sum, row) => sum + row.count, 0),
      actors: rows.flatMap((row) => row.actor ?? []).slice(0, maxActors),
    };
  }

  /**
   * What has changed among a tenant's memories since `since`, for who keeps a copy of them; null where there are more than
   * `limit`, or one is too long to be kept.
   *
   * Transactions commit in another order than they begin, so a row may appear that is older than one seen before. The
   * horizon is the oldest transaction that still runs: all that is older has been seen, the rest is read again next time.
   */
  async changedSince(
    manager: EntityManager,
    model: string,
    since: string,
    limit: number,
  ): Promise<MemoryChanges | null> {
    const [state] = (await manager.query(
      `select pg_snapshot_xmin(pg_current_snapshot())::text as horizon,
              (select count(*)::int from (select from memory limit ${limit + 1}) m) as size`,
    )) as [{ horizon: string; size: number }];
    if (state.size > limit) return null;
    const rows: ResidentRow[] = await manager.query(
      `select ${filteredColumns}, m.expires_at, m.accessed_at, m.access_count, m.link_count, m.sequence, m.asks, m.says_when,
              case when length(m.terms) <= ${longTerms} then m.terms end as terms, e.embedding::text as embedding
         from memory m left join memory_embedding e on e.memory_id = m.id and e.model = $1 where m.changed >= $2::text::xid8`,
      [model, since],
    );
    return rows.some(({ terms }) => terms === null) ? null : { ...state, rows };
  }

  async ids(manager: EntityManager): Promise<string[]> {
    const rows: { id: string }[] = await manager.query('select id from memory');
    return rows.map(({ id }) => id);
  }

  /**
   * Who has spoken lately in the places that new memories go to. Each place is read by its index and to a bound, because
   * every store asks.
   */
  async actorsAround(manager: EntityManager, places: Places): Promise<string[]> {
    const p = new Parameters();
    const among = (column: string, ids: readonly string[]) =>
      ids.length === 0 ? [] : [`m.${column} = any(${p.add([...ids])}::text[])`];
    const conditions = [
      ...among('session_id', places.sessions),
      ...among('project_id', places.projects),
      ...among('agent_id', places.agents),
      ...among('context_id', places.contexts),
      ...(places.nowhere ? ['coalesce(m.session_id, m.project_id, m.agent_id, m.context_id) is null'] : []),
    ];
    if (conditions.length === 0) return [];
    const spoken = conditions.map(
      (where) => `(select m.actor from memory m where ${where} order by m.created_at desc limit ${latelySpoken})`,
    );
    const rows: { actor: string }[] = await manager.query(
      `select distinct actor from (${spoken.join(' union all ')}) spoken where actor is not null limit ${maxActors}`,
      p.values,
    );
    return rows.map(({ actor }) => actor);
  }

  /** Every memory of the scope. */
  async all(manager: EntityManager, request: CandidateRequest, now: Date): Promise<Candidate[]> {
    return this.#select(manager, request, now, () => '');
  }

  /** The nearest by meaning, those with the rarest of the words, and what stands beside them in their sessions. */
  async nearest(
    manager: EntityManager,
    request: CandidateRequest,
    weights: ReadonlyMap<string, number>,
    now: Date,
  ): Promise<Candidate[]> {
    const ids = new Set<string>();
    if (request.vector !== null) {
      const p = new Parameters();
      const where = filterSql(request.filter, p, now);
      const similarity = await this.#similarity(manager, p, request.vector);
      const rows: { id: string }[] = await manager.query(
        `select m.id from memory m join memory_embedding e on e.memory_id = m.id and e.model = ${p.add(request.vector.model)}
          where ${where} order by ${similarity} desc limit ${p.add(request.limit)}`,
        p.values,
      );
      for (const { id } of rows) ids.add(id);
    }
    if (request.terms.size > 0) {
      const p = new Parameters();
      const where = filterSql(request.filter, p, now);
      const rows: { id: string }[] = await manager.query(
        `select m.id from memory m where ${where} and ${termArray} && ${p.add([...request.terms])}::text[]
          order by (select sum(w) from unnest(${p.add([...weights.keys()])}::text[], ${p.add([...weights.values()])}::float8[]) as t(term, w)
                     where term = any(${termArray})) desc, m.id desc limit ${p.add(request.limit)}`,
        p.values,
      );
      for (const { id } of rows) ids.add(id);
    }
    return this.#select(manager, request, now, (p) => {
      const chosen = p.add([...ids]);
      return ` and (m.id = any(${chosen}::text[]) or (m.session_id, m.sequence) in (
        select c.session_id, c.sequence + step from memory c cross join (values (-1), (1)) as steps(step)
         where c.id = any(${chosen}::text[]) and c.session_id is not null))`;
    });
  }

  /** How rare each term is in the whole scope. */
  async statistics(
    manager: EntityManager,
    filter: MemoryFilter,
    terms: Iterable<string>,
    size: number,
    now: Date,
  ): Promise<TermStatistics> {
    const p = new Parameters();
    const where = filterSql(filter, p, now);
    const rows: { term: string; count: number; length: number | null }[] = await manager.query(
      `select t.term, (select count(*)::int from memory m where ${where} and ${termArray} @> array[t.term]) as count,
              (select avg(cardinality(${termArray}))::float8 from (select * from memory m where ${where} limit 1000) m) as length
         from unnest(${p.add([...new Set(terms)])}::text[]) as t(term)`,
      p.values,
    );
    const counts = new Map(rows.map(({ term, count }) => [term, count]));
    return { documents: size, averageLength: (rows[0]?.length ?? 0) + 4, frequency: (term) => counts.get(term) ?? 0 };
  }

  async #select(
    manager: EntityManager,
    request: CandidateRequest,
    now: Date,
    more: (p: Parameters) => string,
  ): Promise<Candidate[]> {
    const p = new Parameters();
    const where = filterSql(request.filter, p, now);
    const { vector } = request;
    const similarity = vector === null ? 'null::float8' : await this.#similarity(manager, p, vector);
    const join =
      vector === null ? '' : `left join memory_embedding e on e.memory_id = m.id and e.model = ${p.add(vector.model)}`;
    const rows: CandidateRow[] = await manager.query(
      `select m.id, m.actor, cardinality(${termArray}) as term_count,
              case when length(m.terms) <= ${longTerms} then m.terms else (
                select string_agg(t.term, ' ') from unnest(${termArray}) as t(term) where t.term = any(${p.add([...request.terms])}::text[])
              ) end as terms,
               m.occurred_at, m.session_id, m.sequence, m.asks, m.says_when, m.created_at,
              ${similarity} as similarity, ${relevanceSql('m', `${p.add(now)}::timestamptz`)} as relevance
         from memory m ${join} where ${where}${more(p)}`,
      p.values,
    );
    return rows.map((row) => ({
      id: row.id,
      document: keywordDocument(
        row.terms ? row.terms.split(' ') : [],
        row.term_count,
        row.actor,
        row.occurred_at ?? row.created_at,
      ),
      actor: row.actor,
      // What nobody dated happened, as far as anyone knows, when it was told.
      occurredAt: row.occurred_at ?? row.created_at,
      sessionId: row.session_id,
      sequence: row.sequence,
      similarity: row.similarity,
      asks: row.asks,
      saysWhen: row.says_when,
      relevance: row.relevance,
      createdAt: row.created_at,
    }));
  }

  /** Vectors have length 1, so the inner product is the cosine. */
  async #similarity(
    manager: EntityManager,
    p: Parameters,
    vector: NonNullable<CandidateRequest['vector']>,
  ): Promise<string> {
    if (this.#hasPgvector === undefined) {
      const rows: { has: boolean }[] = await manager.query(
        `select format_type(atttypid, null) = 'vector' as has from pg_attribute
          where attrelid = 'memory_embedding'::regclass and attname = 'embedding'`,
      );
      this.#hasPgvector = rows[0]?.has === true;
    }
    if (this.#hasPgvector) return `-(e.embedding <#> ${p.add(vectorText(vector.values))}::vector)`;
    return `(select sum(a::float8 * b) from unnest(e.embedding, ${p.add(arrayText(vector.values))}::real[]) as t(a, b))`;
  }
}

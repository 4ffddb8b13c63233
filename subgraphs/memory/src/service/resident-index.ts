import type { RequestContext } from '@agentos/kernel';
import type { Database } from '@agentos/platform';
import { type FilteredFields, type MemoryFilter, matches } from '../domain/filter.js';
import type { TermDocument } from '../domain/ranking/bm25.js';
import { keywordDocument } from '../domain/ranking/question.js';
import type { Candidate } from '../domain/ranking/rank.js';
import { relevanceOf } from '../domain/relevance.js';
import { type CandidateStore, maxActors, type ResidentRow, type Scope } from '../store/candidate-store.js';

interface Entry extends FilteredFields {
  readonly id: string;
  readonly sequence: number | null;
  readonly asks: boolean;
  readonly saysWhen: boolean;
  readonly expiresAt: Date | null;
  readonly accessedAt: Date;
  readonly accessCount: number;
  readonly linkCount: number;
  readonly document: TermDocument;
  readonly vector: Float32Array | null;
}

interface Tenant {
  readonly entries: Map<string, Entry>;
  /** What is older has been seen. */
  horizon: string;
  /** One at a time brings it up to date: two at once could leave an older row behind. */
  queue: Promise<unknown>;
}

const maxInAll = 20_000; // memories of some 3 kB each
const perTenant = 10; // an empty tenant costs something too: two thousand of them are all that is kept
const askAgainMs = 60_000; // 1 minute: a tenant that was too large may have shrunk

/**
 * A copy in the process of what the ranking needs of the memories of small tenants, so that a search reads only what has
 * changed since the last one. It is brought up to date from the database by every search and is never asked without: it
 * shows no memory that the database would not, and lacks none that was committed before.
 */
export class ResidentIndex {
  readonly #tenants = new Map<string, Tenant>();
  readonly #tooLarge = new Map<string, number>();

  /** @param maxPerTenant memories; tenants with more are left to the database */
  constructor(
    private readonly db: Database,
    private readonly candidates: CandidateStore,
    private readonly model: string,
    private readonly maxPerTenant: number,
  ) {}

  /** The memories that the filter matches as of now; null where the tenant has too many to be kept. */
  async scope(ctx: Pick<RequestContext, 'tenantId'>, filter: MemoryFilter, now: Date): Promise<ResidentScope | null> {
    const entries = this.maxPerTenant === 0 ? null : await this.#upToDate(ctx);
    if (entries === null) return null;
    const found: Entry[] = [];
    for (const entry of entries.values()) {
      if ((entry.expiresAt === null || entry.expiresAt > now) && matches(entry, filter)) found.push(entry);
    }
    return new ResidentScope(found, now);
  }

  async #upToDate(ctx: Pick<RequestContext, 'tenantId'>): Promise<ReadonlyMap<string, Entry> | null> {
    const { tenantId } = ctx;
    const refusedAt = this.#tooLarge.get(tenantId);
    if (refusedAt !== undefined) {
      if (performance.now() - refusedAt < askAgainMs) return null;
      this.#tooLarge.delete(tenantId);
    }
    const tenant = this.#tenants.get(tenantId) ?? { entries: new Map(), horizon: '0', queue: Promise.resolve() };
    this.#tenants.delete(tenantId); // set again, it is the one used last
    this.#tenants.set(tenantId, tenant);
    const update = tenant.queue.then(() => this.#update(ctx, tenant));
    tenant.queue = update.catch(() => undefined);
    try {
      if (await update) return tenant.entries;
      this.#tenants.delete(tenantId);
      this.#tooLarge.set(tenantId, performance.now());
      return null;
    } finally {
      this.#makeRoom();
    }
  }

  /** Whether the tenant can be kept. */
  async #update(ctx: Pick<RequestContext, 'tenantId'>, tenant: Tenant): Promise<boolean> {
    const changes = await this.db.read(ctx, (manager) =>
      this.candidates.changedSince(manager, this.model, tenant.horizon, this.maxPerTenant),
    );
    if (changes === null) return false;
    for (const row of changes.rows) tenant.entries.set(row.id, toEntry(row));
    tenant.horizon = changes.horizon;
    if (tenant.entries.size !== changes.size) {
      const ids = new Set(await this.db.read(ctx, (manager) => this.candidates.ids(manager)));
      for (const id of tenant.entries.keys()) if (!ids.has(id)) tenant.entries.delete(id);
    }
    return true;
  }

  /** Lets go of those that were asked for least lately. */
  #makeRoom(): void {
    let size = 0;
    for (const { entries } of this.#tenants.values()) size += entries.size + perTenant;
    for (const [tenantId, { entries }] of this.#tenants) {
      if (size <= maxInAll || this.#tenants.size === 1) return;
      this.#tenants.delete(tenantId);
      size -= entries.size + perTenant;
    }
  }
}

/** What one search may find. */
export class ResidentScope implements Scope {
  readonly actors: readonly string[];

  constructor(
    private readonly entries: readonly Entry[],
    private readonly now: Date,
  ) {
    const counts = new Map<string, number>();
    for (const { actor } of entries) if (actor !== null) counts.set(actor, (counts.get(actor) ?? 0) + 1);
    this.actors = [...counts]
      .sort((a, b) => b[1] - a[1])
      .slice(0, maxActors)
      .map(([actor]) => actor);
  }

  get size(): number {
    return this.entries.length;
  }

  /** @param vector the question's; null where only keywords are wanted */
  candidates(vector: Float32Array | null): Candidate[] {
    return this.entries.map((entry) => ({
      id: entry.id,
      document: entry.document,
      actor: entry.actor,
      occurredAt: entry.occurredAt ?? entry.createdAt,
      sessionId: entry.sessionId,
      sequence: entry.sequence,
      similarity: vector === null || entry.vector === null ? null : cosine(vector, entry.vector),
      asks: entry.asks,
      saysWhen: entry.saysWhen,
      relevance: relevanceOf(entry, this.now),
      createdAt: entry.createdAt,
    }));
  }
}

/** Of vectors of length 1; zero where they are of different models. */
function cosine(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return 0;
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function toEntry(row: ResidentRow): Entry {
  const { expires_at, accessed_at, access_count, link_count, says_when, terms, embedding, ...fields } = row;
  const said = terms ? terms.split(' ') : [];
  return {
    ...fields,
    saysWhen: says_when,
    expiresAt: expires_at,
    accessedAt: accessed_at,
    accessCount: access_count,
    linkCount: link_count,
    document: keywordDocument(said, said.length, row.actor, row.occurredAt ?? row.createdAt),
    vector: embedding === null ? null : Float32Array.from(embedding.slice(1, -1).split(','), Number),
  };
}

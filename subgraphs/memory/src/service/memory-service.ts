import {
  badInput,
  type Clock,
  conflict,
  notFound,
  type Page,
  pageSize,
  type RequestContext,
  requireId,
  requireText,
} from '@agentos/kernel';
import { type Database, type Outbox, positionOf } from '@agentos/platform';
import { type MemoryFilter, matches } from '../domain/filter.js';
import type { Memory, MemoryOrder, MemoryRevision, MemoryType, ValidationStatus } from '../domain/memory.js';
import { requireContent, requirePeriod, requireShare, requireTags } from '../domain/new-memory.js';
import { embeddingStore } from '../store/embedding-store.js';
import { memoryStore } from '../store/memory-store.js';
import { revisionStore } from '../store/revision-store.js';
import type { AccessLog } from './access-log.js';
import type { MemoryEmbedding } from './memory-embedding.js';
import { type ChangeKind, memoryTopic, readFilteredFields, tellChanges } from './memory-events.js';
import { type GivenFilter, readFilter } from './memory-filter.js';
import { requireOpenContexts } from './storing.js';

/** What of a memory is to be another; what is absent stays. Null clears, where there can be nothing. */
export interface MemoryChanges {
  readonly content?: string | undefined;
  readonly type?: MemoryType | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly confidence?: number | undefined;
  readonly validFrom?: Date | null | undefined;
  readonly validTo?: Date | null | undefined;
  readonly contextId?: string | null | undefined;
}

export interface MemoryUpdate extends MemoryChanges {
  readonly id: string;
  readonly reason?: string | undefined;
  /** The change is made only if this is still the version. */
  readonly expectedVersion?: number | undefined;
}

export interface Validation {
  readonly id: string;
  readonly status: ValidationStatus;
  readonly evidence?: string | undefined;
  readonly executionId?: string | undefined;
}

export interface MemoryEvent {
  readonly cursor: string;
  readonly kind: ChangeKind;
  readonly memoryId: string;
  readonly at: Date;
}

/** Memories one by one: read, listed, changed, removed, followed. */
export class MemoryService {
  constructor(
    private readonly db: Database,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
    private readonly embedding: MemoryEmbedding,
    private readonly accesses: AccessLog,
  ) {}

  findByIds(ctx: RequestContext, ids: readonly string[]): Promise<Memory[]> {
    return this.db.read(ctx, (manager) => memoryStore.findByIds(manager, ids, this.clock.now()));
  }

  /** Somebody has read it. */
  read(ctx: RequestContext, id: string): void {
    this.accesses.record(ctx, [id]);
  }

  async page(
    ctx: RequestContext,
    request: { filter: GivenFilter; orderBy: MemoryOrder; first: number; after?: string | undefined },
  ): Promise<Page<Memory>> {
    const first = pageSize(request.first);
    const filter = await readFilter(this.db, ctx, request.filter);
    return this.db.read(ctx, (manager) => memoryStore.page(manager, { ...request, first, filter }, this.clock.now()));
  }

  newestOfEach(
    ctx: RequestContext,
    owner: 'project_id' | 'agent_id',
    ids: readonly string[],
    first: number,
  ): Promise<Memory[]> {
    return this.db.read(ctx, (manager) => memoryStore.newestOfEach(manager, owner, ids, first, this.clock.now()));
  }

  history(ctx: RequestContext, ids: readonly string[], first: number): Promise<MemoryRevision[]> {
    return this.db.read(ctx, (manager) => revisionStore.newestOfEach(manager, ids, first));
  }

  /**
   * The vector of new content, made before the transaction; null where the content stays or cannot be embedded now.
   * @throws AgentOSError BAD_USER_INPUT
   */
  async prepareUpdate(ctx: RequestContext, update: MemoryUpdate): Promise<Float32Array | null> {
    requireId(update.id, 'mem', 'input.id');
    if (update.content === undefined) return null;
    requireContent(update.content, 'input.content');
    const [memory] = await this.findByIds(ctx, [update.id]);
    if (memory === undefined) throw notFound('memory', update.id);
    const [vector] = await this.embedding.of(ctx, [{ ...memory, content: update.content }]);
    return vector ?? null;
  }

  /** @throws AgentOSError NOT_FOUND; CONFLICT where `expectedVersion` has passed */
  update(ctx: RequestContext, update: MemoryUpdate, vector: Float32Array | null): Promise<Memory> {
    const { id, reason, expectedVersion, ...changes } = update;
    requireId(id, 'mem', 'input.id');
    if (reason !== undefined) requireText(reason, 'input.reason', { max: 2_000 });
    if (typeof changes.contextId === 'string') requireId(changes.contextId, 'ctx', 'input.contextId');
    const checked: Partial<Memory> = {
      ...given({
        type: changes.type,
        validFrom: changes.validFrom,
        validTo: changes.validTo,
        contextId: changes.contextId,
      }),
      ...(changes.content === undefined ? {} : { content: requireContent(changes.content, 'input.content') }),
      ...(changes.tags === undefined ? {} : { tags: requireTags(changes.tags, 'input.tags') }),
      ...(changes.confidence === undefined ? {} : { confidence: requireShare(changes.confidence, 'input.confidence') }),
    };
    return this.#change(ctx, id, { reason: reason ?? null, expectedVersion, vector }, checked);
  }

  /**
   * Says whether the content holds.
   * @throws AgentOSError NOT_FOUND
   */
  validate(ctx: RequestContext, validation: Validation): Promise<Memory> {
    requireId(validation.id, 'mem', 'input.id');
    if (validation.executionId !== undefined) requireId(validation.executionId, 'exec', 'input.executionId');
    if (validation.evidence !== undefined) requireText(validation.evidence, 'input.evidence', { max: 20_000 });
    return this.#change(
      ctx,
      validation.id,
      { reason: `Validated: ${validation.status}.`, expectedVersion: undefined, vector: null },
      {
        validationStatus: validation.status,
        validatedAt: this.clock.now(),
        validationEvidence: validation.evidence ?? null,
        validationExecutionId: validation.executionId ?? null,
      },
    );
  }

  /** Whether there was one. */
  async delete(ctx: RequestContext, id: string): Promise<boolean> {
    requireId(id, 'mem', 'id');
    return this.db.transaction(ctx, async (manager) => {
      const memory = await memoryStore.lock(manager, id, this.clock.now());
      if (memory === null) return false;
      await memoryStore.delete(manager, [id]);
      await tellChanges(this.outbox, manager, ctx, 'DELETED', [memory]);
      return true;
    });
  }

  /**
   * Removes what the filter matches, with its history, links and vectors; says how many.
   * @throws AgentOSError BAD_USER_INPUT for a filter without conditions, which would remove everything
   */
  async forget(ctx: RequestContext, given: GivenFilter, options: { dryRun: boolean }): Promise<number> {
    const isEmpty = Object.values(given).every((condition) => condition === undefined);
    if (isEmpty && !options.dryRun)
      throw badInput('filter needs at least one condition: without any, everything would be forgotten.', 'filter');
    const filter = await readFilter(this.db, ctx, given);
    return this.db.transaction(ctx, async (manager) => {
      const now = this.clock.now();
      if (options.dryRun) return memoryStore.count(manager, filter, now);
      const deleted = await memoryStore.deleteMatching(manager, filter, now);
      await tellChanges(this.outbox, manager, ctx, 'DELETED', deleted);
      return deleted.length;
    });
  }

  /**
   * What happens to the memories that the filter matches: after the cursor, then as it happens.
   * @throws AgentOSError BAD_USER_INPUT for a cursor that is none
   */
  async changes(
    ctx: RequestContext,
    given: GivenFilter,
    after: string | undefined,
  ): Promise<AsyncGenerator<MemoryEvent>> {
    const position = after === undefined ? undefined : positionOf(after);
    const filter = await readFilter(this.db, ctx, given);
    return this.#follow(ctx, filter, position);
  }

  async *#follow(ctx: RequestContext, filter: MemoryFilter, after: number | undefined): AsyncGenerator<MemoryEvent> {
    for await (const event of this.outbox.tail(ctx, memoryTopic, { after, signal: ctx.signal })) {
      if (!matches(readFilteredFields(event.payload), filter)) continue;
      yield { cursor: String(event.seq), kind: event.type as ChangeKind, memoryId: event.key, at: new Date(event.at) };
    }
  }

  #change(
    ctx: RequestContext,
    id: string,
    how: { reason: string | null; expectedVersion: number | undefined; vector: Float32Array | null },
    changes: Partial<Memory>,
  ): Promise<Memory> {
    return this.db.transaction(ctx, async (manager) => {
      const now = this.clock.now();
      const before = await memoryStore.lock(manager, id, now);
      if (before === null) throw notFound('memory', id);
      if (how.expectedVersion !== undefined && how.expectedVersion !== before.version) {
        throw conflict(
          `The memory is at version ${before.version}, not ${how.expectedVersion}: read it again and repeat the change.`,
        );
      }
      if (typeof changes.contextId === 'string' && changes.contextId !== before.contextId) {
        await requireOpenContexts(manager, [changes.contextId]);
      }
      const memory: Memory = { ...before, ...changes, version: before.version + 1, updatedAt: now };
      requirePeriod(memory, 'input');
      await memoryStore.update(manager, memory);
      await revisionStore.insert(manager, [
        {
          memoryId: id,
          tenantId: ctx.tenantId,
          version: memory.version,
          content: memory.content,
          changedAt: now,
          changedBy: ctx.principal.name,
          reason: how.reason,
        },
      ]);
      if (memory.content !== before.content) {
        // Without a vector of the new content the old one must not stay; the upkeep makes it later.
        if (how.vector === null) await embeddingStore.delete(manager, id);
        else
          await embeddingStore.upsert(manager, [
            { memoryId: id, tenantId: ctx.tenantId, model: this.embedding.model, vector: how.vector },
          ]);
      }
      await tellChanges(this.outbox, manager, ctx, 'UPDATED', [memory]);
      return memory;
    });
  }
}

/** Without what is absent. */
const given = <T extends object>(fields: T): Partial<{ [K in keyof T]: Exclude<T[K], undefined> }> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<{
    [K in keyof T]: Exclude<T[K], undefined>;
  }>;

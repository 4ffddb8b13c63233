import { badInput, type Clock, conflict, newId, notFound, type RequestContext } from '@agentos/kernel';
import type { Database, Outbox } from '@agentos/platform';
import type { EntityManager } from 'typeorm';
import { contentKey, scopeKey } from '../domain/duplicate.js';
import { expiryOf, type Memory, trustOf } from '../domain/memory.js';
import { type NewMemory, requireNewMemory } from '../domain/new-memory.js';
import { contextStore } from '../store/context-store.js';
import { embeddingStore } from '../store/embedding-store.js';
import { memoryStore } from '../store/memory-store.js';
import { revisionStore } from '../store/revision-store.js';
import { type MemoryEmbedding, toUnit } from './memory-embedding.js';
import { tellChanges } from './memory-events.js';

/** Memories that are checked and have their vectors, ready for the transaction. */
export interface PreparedMemory {
  readonly input: NewMemory;
  readonly vector: Float32Array | null;
}

export interface StoredMemories {
  /** In the order they were given; a duplicate is the memory that was there. */
  readonly memories: Memory[];
  readonly created: number;
  readonly merged: number;
}

const maxBatch = 1_000;

/** Puts new memories away: with their vectors, or where they are there already, into those. */
export class MemoryStoring {
  constructor(
    private readonly db: Database,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
    private readonly embedding: MemoryEmbedding,
  ) {}

  /**
   * Checks all and embeds what brings no vector; no transaction may be open.
   * @param fieldOf names one of the inputs in the caller's terms
   * @throws AgentOSError BAD_USER_INPUT
   */
  async prepare(
    ctx: RequestContext,
    inputs: readonly NewMemory[],
    fieldOf: (index: number) => string,
  ): Promise<PreparedMemory[]> {
    if (inputs.length > maxBatch) throw badInput(`At most ${maxBatch} memories can be stored at once.`, 'inputs');
    const checked = inputs.map((input, i) => requireNewMemory(input, fieldOf(i), this.embedding.dimensions));
    const toEmbed = checked.filter(({ embedding }) => embedding === null);
    const made = new Map(toEmbed.map((input, i) => [input, i]));
    const vectors = await this.embedding.of(ctx, toEmbed);
    return checked.map((input) => ({
      input,
      vector: input.embedding === null ? (vectors[made.get(input) ?? -1] ?? null) : toUnit(input.embedding),
    }));
  }

  /**
   * All or none.
   * @throws AgentOSError NOT_FOUND for a context; CONFLICT where one is archived, or a duplicate is to be rejected
   */
  commit(ctx: RequestContext, prepared: readonly PreparedMemory[]): Promise<StoredMemories> {
    return this.db.transaction(ctx, async (manager) => {
      const now = this.clock.now();
      await requireOpenContexts(
        manager,
        prepared.flatMap(({ input }) => input.contextId ?? []),
      );
      const sessions = [...new Set(prepared.flatMap(({ input }) => input.sessionId ?? []))];
      const next = await memoryStore.nextSequences(manager, sessions);
      const known = await this.#duplicates(manager, prepared, now);

      const created: Memory[] = [];
      const vectors: { memory: Memory; vector: Float32Array }[] = [];
      const updated = new Map<string, Memory>();
      const memories = prepared.map(({ input, vector }) => {
        const key = duplicateKey(input);
        const same = input.onDuplicate === 'KEEP' ? undefined : known.get(key)?.find((one) => samePlace(one, input));
        if (same !== undefined) {
          if (input.onDuplicate === 'REJECT') throw conflict(`This is remembered already, as ${same.id}.`);
          const changed = merge(same, input, now);
          if (changed && !created.includes(same)) updated.set(same.id, same);
          return same;
        }
        const memory = newMemory(ctx, input, takeSequence(next, input), now);
        known.set(key, [...(known.get(key) ?? []), memory]);
        created.push(memory);
        if (vector !== null) vectors.push({ memory, vector });
        return memory;
      });

      await memoryStore.insert(manager, created);
      for (const memory of updated.values()) {
        memory.version += 1;
        await memoryStore.update(manager, memory);
      }
      const revision = (memory: Memory, reason: string | null) => ({
        memoryId: memory.id,
        tenantId: ctx.tenantId,
        version: memory.version,
        content: memory.content,
        changedAt: now,
        changedBy: ctx.principal.name,
        reason,
      });
      await revisionStore.insert(manager, [
        ...created.map((memory) => revision(memory, null)),
        ...[...updated.values()].map((memory) => revision(memory, 'Stored again.')),
      ]);
      await embeddingStore.upsert(
        manager,
        vectors.map(({ memory, vector }) => ({
          memoryId: memory.id,
          tenantId: ctx.tenantId,
          model: this.embedding.model,
          vector,
        })),
      );
      await tellChanges(this.outbox, manager, ctx, 'CREATED', created);
      await tellChanges(this.outbox, manager, ctx, 'UPDATED', [...updated.values()]);
      return { memories, created: created.length, merged: memories.length - created.length };
    });
  }

  /** Memories that are there already, by duplicate key. */
  async #duplicates(
    manager: EntityManager,
    prepared: readonly PreparedMemory[],
    now: Date,
  ): Promise<Map<string, Memory[]>> {
    const keys = new Set(
      prepared
        .filter(({ input }) => input.onDuplicate !== 'KEEP')
        .map(({ input }) => contentKey(input.content, input.type)),
    );
    await memoryStore.lockContentKeys(manager, [...keys]);
    const known = new Map<string, Memory[]>();
    for (const memory of await memoryStore.withContentKeys(manager, [...keys], now)) {
      const key = duplicateKey(memory);
      known.set(key, [...(known.get(key) ?? []), memory]);
    }
    return known;
  }
}

const duplicateKey = (memory: Parameters<typeof scopeKey>[0] & { content: string }) =>
  `${contentKey(memory.content, memory.type)} ${scopeKey(memory)}`;

/** Two turns of one session that say the same ("Thanks!") are two turns. */
const samePlace = (memory: Memory, input: NewMemory) => input.sequence === null || input.sequence === memory.sequence;

/** Whether anything came of it. */
function merge(memory: Memory, input: NewMemory, now: Date): boolean {
  const tags = [...new Set([...memory.tags, ...input.tags])].slice(0, 50);
  const confidence = Math.max(memory.confidence, input.confidence);
  if (tags.length === memory.tags.length && confidence === memory.confidence) return false;
  Object.assign(memory, { tags, confidence, updatedAt: now });
  return true;
}

/** @throws AgentOSError NOT_FOUND; CONFLICT where one is archived */
export async function requireOpenContexts(manager: EntityManager, ids: readonly string[]): Promise<void> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return;
  const found = new Map((await contextStore.lock(manager, wanted, 'share')).map((context) => [context.id, context]));
  for (const id of wanted) {
    const context = found.get(id);
    if (context === undefined) throw notFound('context', id);
    if (context.archivedAt !== null) throw conflict(`The context ${context.name} is archived.`);
  }
}

function takeSequence(next: Map<string, number>, input: NewMemory): number | null {
  if (input.sessionId === null) return input.sequence;
  const following = next.get(input.sessionId) ?? 0;
  const sequence = input.sequence ?? following;
  next.set(input.sessionId, Math.max(following, sequence + 1));
  return sequence;
}

function newMemory(ctx: RequestContext, input: NewMemory, sequence: number | null, now: Date): Memory {
  const { embedding: _, onDuplicate: __, ...given } = input;
  return {
    ...given,
    id: newId('mem'),
    tenantId: ctx.tenantId,
    sequence,
    trust: trustOf(input.source),
    validationStatus: 'UNVERIFIED',
    validatedAt: null,
    validationEvidence: null,
    validationExecutionId: null,
    expiresAt: expiryOf(now, input.ttlSeconds),
    createdAt: now,
    updatedAt: now,
    accessedAt: now,
    accessCount: 0,
    linkCount: 0,
    version: 1,
  };
}

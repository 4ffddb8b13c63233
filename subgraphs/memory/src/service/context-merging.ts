import { badInput, type Clock, conflict, newId, notFound, type RequestContext, requireId } from '@agentos/kernel';
import type { Database, Outbox } from '@agentos/platform';
import type { EntityManager } from 'typeorm';
import type { Context } from '../domain/context.js';
import { contradictions, keptOf, type MergeStrategy } from '../domain/contradiction.js';
import type { Memory } from '../domain/memory.js';
import { contextStore } from '../store/context-store.js';
import { memoryStore } from '../store/memory-store.js';
import { relationStore } from '../store/relation-store.js';
import { revisionStore } from '../store/revision-store.js';
import { tellChanges } from './memory-events.js';

export interface MergedContexts {
  readonly context: Context;
  readonly moved: number;
  readonly superseded: number;
  readonly conflicts: readonly { first: Memory; second: Memory; kept: Memory | null; reason: string }[];
}

const maxSources = 50;
const anyTrust = ['TRUSTED', 'UNTRUSTED', 'QUARANTINED'] as const;

/** Brings the memories of several contexts into one. */
export class ContextMerging {
  constructor(
    private readonly db: Database,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
  ) {}

  /**
   * Moves every memory of the sources to the target and archives the sources. Where two say different things about the
   * same, the strategy decides: both stay and are linked as contradicting, or one supersedes the other, which stays to be
   * read but is no longer valid. Nothing is removed.
   * @throws AgentOSError BAD_USER_INPUT; NOT_FOUND; CONFLICT where a context is archived
   */
  async merge(
    ctx: RequestContext,
    sourceIds: readonly string[],
    targetId: string,
    strategy: MergeStrategy,
  ): Promise<MergedContexts> {
    requireId(targetId, 'ctx', 'input.targetId');
    const sources = [...new Set(sourceIds.map((id) => requireId(id, 'ctx', 'input.sourceIds')))];
    if (sources.length === 0 || sources.length > maxSources)
      throw badInput(`Name 1 to ${maxSources} sources.`, 'input.sourceIds');
    if (sources.includes(targetId)) throw badInput('A context is not merged into itself.', 'input.sourceIds');
    return this.db.transaction(ctx, async (manager) => {
      const now = this.clock.now();
      const target = await this.#take(manager, sources, targetId);
      const old = await memoryStore.findMatching(manager, { contextIds: [targetId], trust: anyTrust }, now);
      const arrivals = await memoryStore.findMatching(manager, { contextIds: sources, trust: anyTrust }, now);
      const moved = arrivals.map((memory) => ({
        ...memory,
        contextId: targetId,
        version: memory.version + 1,
        updatedAt: now,
      }));
      const origin = new Map<string, string | null>(
        [...old, ...arrivals].map((memory) => [memory.id, memory.contextId]),
      );

      const found = contradictions(
        [...old, ...moved].filter((memory) => memory.validTo === null || memory.validTo > now),
        (a, b) => origin.get(a.id) !== origin.get(b.id),
      );
      const superseded = new Map<string, Memory>();
      const conflicts = [];
      for (const { first, second, reason } of found) {
        const kept = superseded.has(first.id) || superseded.has(second.id) ? null : keptOf({ first, second }, strategy);
        if (kept !== null) {
          const loser = kept === first ? second : first;
          loser.validTo = now;
          superseded.set(loser.id, loser);
          await this.#link(manager, ctx, kept, loser, 'SUPERSEDES', now);
        } else if (strategy === 'KEEP_ALL') {
          await this.#link(manager, ctx, first, second, 'CONTRADICTS', now);
        }
        conflicts.push({ first, second, kept, reason });
      }
      const changedInPlace = old.filter((memory) => superseded.has(memory.id));
      for (const memory of changedInPlace) Object.assign(memory, { version: memory.version + 1, updatedAt: now });
      const changed = [...moved, ...changedInPlace];
      await memoryStore.saveMoved(manager, changed);
      await revisionStore.insert(
        manager,
        changed.map((memory) => ({
          memoryId: memory.id,
          tenantId: ctx.tenantId,
          version: memory.version,
          content: memory.content,
          changedAt: now,
          changedBy: ctx.principal.name,
          reason: superseded.has(memory.id)
            ? 'Superseded when contexts were merged.'
            : `Moved to the context ${target.name}.`,
        })),
      );
      await contextStore.absorb(manager, targetId, sources, now);
      await tellChanges(this.outbox, manager, ctx, 'UPDATED', changed);
      return { context: target, moved: moved.length, superseded: superseded.size, conflicts };
    });
  }

  /** Takes all of them alone, so that nobody stores into one while it is emptied. */
  async #take(manager: EntityManager, sources: readonly string[], targetId: string): Promise<Context> {
    const found = new Map(
      (await contextStore.lock(manager, [...sources, targetId], 'alone')).map((one) => [one.id, one]),
    );
    for (const id of [...sources, targetId]) {
      const context = found.get(id);
      if (context === undefined) throw notFound('context', id);
      if (context.archivedAt !== null) throw conflict(`The context ${context.name} is archived.`);
    }
    for (const id of sources) {
      if ((await contextStore.withNested(manager, id)).includes(targetId)) {
        throw badInput('A context cannot be merged into one that nests in it.', 'input.targetId');
      }
    }
    return found.get(targetId) as Context;
  }

  async #link(
    manager: EntityManager,
    ctx: RequestContext,
    from: Memory,
    to: Memory,
    type: 'SUPERSEDES' | 'CONTRADICTS',
    now: Date,
  ) {
    if ((await relationStore.find(manager, { fromId: from.id, toId: to.id, type })) !== null) return;
    await relationStore.insert(manager, {
      id: newId('rel'),
      tenantId: ctx.tenantId,
      type,
      weight: 1,
      fromId: from.id,
      toId: to.id,
      createdAt: now,
    });
  }
}

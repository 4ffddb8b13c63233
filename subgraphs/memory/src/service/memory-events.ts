import type { RequestContext } from '@agentos/kernel';
import type { Outbox } from '@agentos/platform';
import type { EntityManager } from 'typeorm';
import { type FilteredFields, filteredFields } from '../domain/filter.js';
import type { Memory } from '../domain/memory.js';

export const memoryTopic = 'memory';
export type ChangeKind = 'CREATED' | 'UPDATED' | 'DELETED';

/** Says what has become of memories, in the transaction that did it. The events carry what filters ask for, no contents. */
export function tellChanges(
  outbox: Outbox,
  manager: EntityManager,
  ctx: Pick<RequestContext, 'tenantId' | 'traceId'>,
  kind: ChangeKind,
  memories: readonly Memory[],
): Promise<void> {
  return outbox.append(
    manager,
    ctx,
    memories.map((memory) => ({ topic: memoryTopic, key: memory.id, type: kind, payload: filteredFields(memory) })),
  );
}

/** Dates have become text on the way. */
export function readFilteredFields(payload: unknown): FilteredFields {
  const fields = payload as Record<keyof FilteredFields, unknown>;
  const date = (value: unknown) => (typeof value === 'string' ? new Date(value) : null);
  return {
    ...(fields as unknown as FilteredFields),
    occurredAt: date(fields.occurredAt),
    createdAt: date(fields.createdAt) ?? new Date(0),
    validFrom: date(fields.validFrom),
    validTo: date(fields.validTo),
  };
}

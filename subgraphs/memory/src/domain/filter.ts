import type { Memory, MemorySource, MemoryType, Trust, ValidationStatus } from './memory.js';

/** Which memories are meant; every condition that is there must hold. */
export interface MemoryFilter {
  readonly actors?: readonly string[] | undefined;
  readonly occurredAfter?: Date | undefined;
  readonly occurredBefore?: Date | undefined;
  readonly types?: readonly MemoryType[] | undefined;
  readonly tagsAll?: readonly string[] | undefined;
  readonly tagsAny?: readonly string[] | undefined;
  /** A context and all that nest in it. */
  readonly contextIds?: readonly string[] | undefined;
  readonly projectId?: string | undefined;
  readonly agentId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly sources?: readonly MemorySource[] | undefined;
  /** @default all but QUARANTINED */
  readonly trust?: readonly Trust[] | undefined;
  readonly minConfidence?: number | undefined;
  readonly validation?: readonly ValidationStatus[] | undefined;
  readonly createdAfter?: Date | undefined;
  readonly createdBefore?: Date | undefined;
  readonly validAt?: Date | undefined;
}

/** What a filter looks at, as events carry it. */
export type FilteredFields = Pick<
  Memory,
  | 'actor'
  | 'occurredAt'
  | 'type'
  | 'tags'
  | 'contextId'
  | 'projectId'
  | 'agentId'
  | 'sessionId'
  | 'source'
  | 'trust'
  | 'confidence'
  | 'validationStatus'
  | 'createdAt'
  | 'validFrom'
  | 'validTo'
>;

export const filteredFields = (memory: FilteredFields): FilteredFields => ({
  actor: memory.actor,
  occurredAt: memory.occurredAt,
  type: memory.type,
  tags: memory.tags,
  contextId: memory.contextId,
  projectId: memory.projectId,
  agentId: memory.agentId,
  sessionId: memory.sessionId,
  source: memory.source,
  trust: memory.trust,
  confidence: memory.confidence,
  validationStatus: memory.validationStatus,
  createdAt: memory.createdAt,
  validFrom: memory.validFrom,
  validTo: memory.validTo,
});

/** The same conditions as the store's, for a memory that is already here. `after` and `before` leave out the time itself. */
export function matches(memory: FilteredFields, filter: MemoryFilter): boolean {
  const among = <T>(list: readonly T[] | undefined, value: T | null) =>
    list === undefined || (value !== null && list.includes(value));
  const is = (wanted: string | undefined, value: string | null) => wanted === undefined || wanted === value;
  const after = (limit: Date | undefined, at: Date | null) => limit === undefined || (at !== null && at > limit);
  const before = (limit: Date | undefined, at: Date | null) => limit === undefined || (at !== null && at < limit);
  const { validAt } = filter;
  return (
    among(filter.actors, memory.actor) &&
    after(filter.occurredAfter, memory.occurredAt) &&
    before(filter.occurredBefore, memory.occurredAt) &&
    among(filter.types, memory.type) &&
    (filter.tagsAll ?? []).every((tag) => memory.tags.includes(tag)) &&
    (filter.tagsAny === undefined || filter.tagsAny.some((tag) => memory.tags.includes(tag))) &&
    among(filter.contextIds, memory.contextId) &&
    is(filter.projectId, memory.projectId) &&
    is(filter.agentId, memory.agentId) &&
    is(filter.sessionId, memory.sessionId) &&
    among(filter.sources, memory.source) &&
    (filter.trust === undefined ? memory.trust !== 'QUARANTINED' : filter.trust.includes(memory.trust)) &&
    (filter.minConfidence === undefined || memory.confidence >= filter.minConfidence) &&
    among(filter.validation, memory.validationStatus) &&
    after(filter.createdAfter, memory.createdAt) &&
    before(filter.createdBefore, memory.createdAt) &&
    (validAt === undefined ||
      ((memory.validFrom === null || memory.validFrom <= validAt) &&
        (memory.validTo === null || memory.validTo > validAt)))
  );
}

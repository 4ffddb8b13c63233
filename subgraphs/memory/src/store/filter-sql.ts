import type { MemoryFilter } from '../domain/filter.js';

/** Collects the values of a statement while its text is put together. */
export class Parameters {
  readonly values: unknown[] = [];
  /** The placeholder of a value: `$3`. */
  add(value: unknown): string {
    return `$${this.values.push(value)}`;
  }
}

/**
 * The conditions of a filter on the table `m`; see `matches` in domain/filter, which says the same. Memories past their
 * expiry are never shown, whether the sweeper has come by or not.
 */
export function filterSql(filter: MemoryFilter, p: Parameters, now: Date): string {
  const conditions = [`(m.expires_at is null or m.expires_at > ${p.add(now)})`];
  const add = (value: unknown, condition: (placeholder: string) => string) => {
    if (value !== undefined) conditions.push(condition(p.add(value)));
  };
  add(filter.actors, (v) => `m.actor = any(${v}::text[])`);
  add(filter.occurredAfter, (v) => `m.occurred_at > ${v}`);
  add(filter.occurredBefore, (v) => `m.occurred_at < ${v}`);
  add(filter.types, (v) => `m.type = any(${v}::text[])`);
  add(filter.tagsAll, (v) => `m.tags @> ${v}::text[]`);
  add(filter.tagsAny, (v) => `m.tags && ${v}::text[]`);
  add(filter.contextIds, (v) => `m.context_id = any(${v}::text[])`);
  add(filter.projectId, (v) => `m.project_id = ${v}`);
  add(filter.agentId, (v) => `m.agent_id = ${v}`);
  add(filter.sessionId, (v) => `m.session_id = ${v}`);
  add(filter.sources, (v) => `m.source = any(${v}::text[])`);
  add(filter.minConfidence, (v) => `m.confidence >= ${v}`);
  add(filter.validation, (v) => `m.validation_status = any(${v}::text[])`);
  add(filter.createdAfter, (v) => `m.created_at > ${v}`);
  add(filter.createdBefore, (v) => `m.created_at < ${v}`);
  add(
    filter.validAt,
    (v) => `(m.valid_from is null or m.valid_from <= ${v}) and (m.valid_to is null or m.valid_to > ${v})`,
  );
  if (filter.trust === undefined) conditions.push(`m.trust <> 'QUARANTINED'`);
  else add(filter.trust, (v) => `m.trust = any(${v}::text[])`);
  return conditions.join(' and ');
}

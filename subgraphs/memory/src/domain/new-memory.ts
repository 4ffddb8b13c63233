import { badInput, requireId, requireText } from '@agentos/kernel';
import type { DuplicatePolicy, Memory } from './memory.js';

/** What a caller gives to be remembered, with every default filled in. */
export interface NewMemory
  extends Pick<
    Memory,
    | 'content'
    | 'type'
    | 'tags'
    | 'contextId'
    | 'projectId'
    | 'agentId'
    | 'sessionId'
    | 'source'
    | 'actor'
    | 'occurredAt'
    | 'confidence'
    | 'validFrom'
    | 'validTo'
    | 'ttlSeconds'
  > {
  /** Null: after the last of its session. */
  readonly sequence: number | null;
  readonly embedding: readonly number[] | null;
  readonly onDuplicate: DuplicatePolicy;
}

const maxContent = 100_000; // characters
const maxTags = 50;
const maxSequence = 1_000_000_000; // leaves room for those that follow
const yearSeconds = 366 * 86_400;

/** @throws AgentOSError BAD_USER_INPUT naming the field below `field` */
export function requireNewMemory(input: NewMemory, field: string, dimensions: number): NewMemory {
  if (input.contextId !== null) requireId(input.contextId, 'ctx', `${field}.contextId`);
  if (input.projectId !== null) requireId(input.projectId, 'proj', `${field}.projectId`);
  if (input.agentId !== null) requireId(input.agentId, 'agent', `${field}.agentId`);
  if (input.sessionId !== null) requireId(input.sessionId, 'sess', `${field}.sessionId`);
  if (input.sequence !== null && (input.sequence < 0 || input.sequence > maxSequence)) {
    throw badInput(`${field}.sequence must be between 0 and ${maxSequence}.`, `${field}.sequence`);
  }
  if (input.ttlSeconds !== null && (input.ttlSeconds < 1 || input.ttlSeconds > 100 * yearSeconds)) {
    throw badInput(`${field}.ttlSeconds must be between 1 second and 100 years.`, `${field}.ttlSeconds`);
  }
  requireEmbedding(input.embedding, `${field}.embedding`, dimensions);
  requirePeriod(input, field);
  return {
    ...input,
    content: requireContent(input.content, `${field}.content`),
    tags: requireTags(input.tags, `${field}.tags`),
    actor: input.actor === null ? null : requireText(input.actor, `${field}.actor`, { min: 1, max: 200 }).trim(),
    confidence: requireShare(input.confidence, `${field}.confidence`),
  };
}

export const requireContent = (content: string, field: string) =>
  requireText(content, field, { min: 1, max: maxContent });

export function requireTags(tags: readonly string[], field: string): string[] {
  if (tags.length > maxTags) throw badInput(`A memory has at most ${maxTags} tags.`, field);
  return [...new Set(tags.map((tag) => requireText(tag, field, { min: 1, max: 100 }).trim()))];
}

/** A number from 0 to 1: a confidence, a weight. */
export function requireShare(value: number, field: string): number {
  if (value >= 0 && value <= 1) return value;
  throw badInput(`${field} must be between 0 and 1.`, field);
}

export function requirePeriod(period: Pick<Memory, 'validFrom' | 'validTo'>, field: string): void {
  if (period.validFrom !== null && period.validTo !== null && period.validTo < period.validFrom) {
    throw badInput(`${field}.validTo is before ${field}.validFrom.`, `${field}.validTo`);
  }
}

function requireEmbedding(embedding: readonly number[] | null, field: string, dimensions: number): void {
  if (embedding === null) return;
  if (embedding.length !== dimensions)
    throw badInput(`${field} has ${embedding.length} numbers; the index has ${dimensions}.`, field);
  const square = embedding.reduce((sum, value) => sum + value * value, 0);
  if (!Number.isFinite(square) || square < 1e-12)
    throw badInput(`${field} must have a direction: not all zero, nothing infinite.`, field);
}

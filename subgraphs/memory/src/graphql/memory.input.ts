import { DateTime } from '@agentos/subgraph-kit';
import { Field, Float, ID, InputType, Int } from 'type-graphql';
import type { DuplicatePolicy, MemorySource, MemoryType, Trust, ValidationStatus } from '../domain/memory.js';
import type { NewMemory } from '../domain/new-memory.js';
import type { GivenFilter } from '../service/memory-filter.js';
import type { MemoryUpdate } from '../service/memory-service.js';
import { DuplicatePolicyEnum, MemorySourceEnum, MemoryTypeEnum, TrustEnum, ValidationStatusEnum } from './enums.js';

@InputType()
export class MemoryFilter {
  @Field(() => [String], { nullable: true })
  actors?: string[] | null;
  @Field(() => DateTime, { nullable: true })
  occurredAfter?: Date | null;
  @Field(() => DateTime, { nullable: true })
  occurredBefore?: Date | null;
  @Field(() => [MemoryTypeEnum], { nullable: true })
  types?: MemoryType[] | null;
  @Field(() => [String], { nullable: true })
  tagsAll?: string[] | null;
  @Field(() => [String], { nullable: true })
  tagsAny?: string[] | null;
  @Field(() => ID, { nullable: true, description: 'This context and those that nest in it.' })
  contextId?: string | null;
  @Field(() => ID, { nullable: true })
  projectId?: string | null;
  @Field(() => ID, { nullable: true })
  agentId?: string | null;
  @Field(() => ID, { nullable: true })
  sessionId?: string | null;
  @Field(() => [MemorySourceEnum], { nullable: true })
  sources?: MemorySource[] | null;
  @Field(() => [TrustEnum], { nullable: true, description: 'Quarantined memories are left out unless asked for.' })
  trust?: Trust[] | null;
  @Field(() => Float, { nullable: true })
  minConfidence?: number | null;
  @Field(() => [ValidationStatusEnum], { nullable: true })
  validation?: ValidationStatus[] | null;
  @Field(() => DateTime, { nullable: true })
  createdAfter?: Date | null;
  @Field(() => DateTime, { nullable: true })
  createdBefore?: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'Only what was believed true at this time.' })
  validAt?: Date | null;
}

/** A condition that is null is none. */
export function toFilter(input: MemoryFilter | null | undefined): GivenFilter {
  return Object.fromEntries(Object.entries(input ?? {}).filter(([, value]) => value != null)) as GivenFilter;
}

@InputType()
export class StoreMemoryInput {
  @Field(() => String)
  content!: string;
  @Field(() => MemoryTypeEnum, { nullable: true, defaultValue: 'FACT' })
  type?: MemoryType | null;
  @Field(() => [String], { nullable: true, defaultValue: [] })
  tags?: string[] | null;
  @Field(() => ID, { nullable: true })
  contextId?: string | null;
  @Field(() => ID, { nullable: true })
  projectId?: string | null;
  @Field(() => ID, { nullable: true })
  agentId?: string | null;
  @Field(() => ID, { nullable: true })
  sessionId?: string | null;
  @Field(() => MemorySourceEnum, { nullable: true, defaultValue: 'AGENT' })
  source?: MemorySource | null;
  @Field(() => String, { nullable: true })
  actor?: string | null;
  @Field(() => DateTime, { nullable: true })
  occurredAt?: Date | null;
  @Field(() => Int, {
    nullable: true,
    description: 'Its place in its session; the order of arrival where it is not given.',
  })
  sequence?: number | null;
  @Field(() => Float, { nullable: true, defaultValue: 1 })
  confidence?: number | null;
  @Field(() => DateTime, { nullable: true })
  validFrom?: Date | null;
  @Field(() => DateTime, { nullable: true })
  validTo?: Date | null;
  @Field(() => Int, { nullable: true, description: 'Forget it this long after it was last read.' })
  ttlSeconds?: number | null;
  @Field(() => [Float], {
    nullable: true,
    description: 'A vector made by the caller; its length must be that of the index.',
  })
  embedding?: number[] | null;
  @Field(() => DuplicatePolicyEnum, {
    nullable: true,
    defaultValue: 'MERGE',
    description: 'What to do when a near-identical memory exists in the same scope.',
  })
  onDuplicate?: DuplicatePolicy | null;
}

export const toNewMemory = (input: StoreMemoryInput): NewMemory => ({
  content: input.content,
  type: input.type ?? 'FACT',
  tags: input.tags ?? [],
  contextId: input.contextId ?? null,
  projectId: input.projectId ?? null,
  agentId: input.agentId ?? null,
  sessionId: input.sessionId ?? null,
  source: input.source ?? 'AGENT',
  actor: input.actor ?? null,
  occurredAt: input.occurredAt ?? null,
  sequence: input.sequence ?? null,
  confidence: input.confidence ?? 1,
  validFrom: input.validFrom ?? null,
  validTo: input.validTo ?? null,
  ttlSeconds: input.ttlSeconds ?? null,
  embedding: input.embedding ?? null,
  onDuplicate: input.onDuplicate ?? 'MERGE',
});

@InputType()
export class UpdateMemoryInput {
  @Field(() => ID)
  id!: string;
  @Field(() => String, { nullable: true })
  content?: string | null;
  @Field(() => MemoryTypeEnum, { nullable: true })
  type?: MemoryType | null;
  @Field(() => [String], { nullable: true })
  tags?: string[] | null;
  @Field(() => Float, { nullable: true })
  confidence?: number | null;
  @Field(() => DateTime, { nullable: true, description: 'Null clears it.' })
  validFrom?: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'Null clears it.' })
  validTo?: Date | null;
  @Field(() => ID, { nullable: true, description: 'Null takes it out of its context.' })
  contextId?: string | null;
  @Field(() => String, { nullable: true })
  reason?: string | null;
  @Field(() => Int, { nullable: true, description: 'The change is made only if this is still the version.' })
  expectedVersion?: number | null;
}

export const toUpdate = (input: UpdateMemoryInput): MemoryUpdate => ({
  id: input.id,
  content: input.content ?? undefined,
  type: input.type ?? undefined,
  tags: input.tags ?? undefined,
  confidence: input.confidence ?? undefined,
  validFrom: input.validFrom,
  validTo: input.validTo,
  contextId: input.contextId,
  reason: input.reason ?? undefined,
  expectedVersion: input.expectedVersion ?? undefined,
});

@InputType()
export class ValidateMemoryInput {
  @Field(() => ID)
  id!: string;
  @Field(() => ValidationStatusEnum)
  status!: ValidationStatus;
  @Field(() => String, { nullable: true })
  evidence?: string | null;
  @Field(() => ID, { nullable: true })
  executionId?: string | null;
}

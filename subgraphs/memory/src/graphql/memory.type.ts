import { DateTime, Guard, PageInfo } from '@agentos/subgraph-kit';
import { Directive, Field, Float, ID, Int, ObjectType } from 'type-graphql';
import type { Memory, MemorySource, MemoryType as MemoryTypeName, Trust, ValidationStatus } from '../domain/memory.js';
import { ChangeKindEnum, MemorySourceEnum, MemoryTypeEnum, TrustEnum, ValidationStatusEnum } from './enums.js';
import { ExecutionReference } from './references.type.js';

type OwnFields = Omit<
  Memory,
  | 'tenantId'
  | 'contextId'
  | 'projectId'
  | 'agentId'
  | 'sessionId'
  | 'validationStatus'
  | 'validatedAt'
  | 'validationEvidence'
  | 'validationExecutionId'
  | 'ttlSeconds'
  | 'linkCount'
>;

@Directive('@key(fields: "id")')
@Guard('memory:read')
@ObjectType('Memory', { description: 'Something an agent has learned and must be able to recall in a later session.' })
export class MemoryObject implements OwnFields {
  @Field(() => ID)
  id!: string;
  @Field(() => String)
  content!: string;
  @Field(() => MemoryTypeEnum)
  type!: MemoryTypeName;
  @Field(() => [String], { description: 'Free labels given by `categorizeMemory` or by the caller.' })
  tags!: string[];
  @Field(() => MemorySourceEnum)
  source!: MemorySource;
  @Field(() => String, {
    nullable: true,
    description: 'Who said or did it, as the caller names them; questions that name someone find theirs first.',
  })
  actor!: string | null;
  @Field(() => DateTime, {
    nullable: true,
    description: 'When it was said or happened, as opposed to when it was stored.',
  })
  occurredAt!: Date | null;
  @Field(() => Int, { nullable: true, description: 'Its place in its session.' })
  sequence!: number | null;
  @Field(() => TrustEnum, {
    description:
      'Whether the content may be acted on; what came from outside is untrusted until someone with the right says otherwise.',
  })
  trust!: Trust;
  @Field(() => Float, { description: 'Belief in the content, 0 to 1.' })
  confidence!: number;
  @Field(() => DateTime, { nullable: true, description: 'When the content is true in the world.' })
  validFrom!: Date | null;
  @Field(() => DateTime, { nullable: true })
  validTo!: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'When it is forgotten unless somebody reads it before.' })
  expiresAt!: Date | null;
  @Field(() => DateTime)
  createdAt!: Date;
  @Field(() => DateTime)
  updatedAt!: Date;
  @Field(() => DateTime)
  accessedAt!: Date;
  @Field(() => Int)
  accessCount!: number;
  @Field(() => Int)
  version!: number;
}

@ObjectType({ description: 'Whether the content was found to hold.' })
export class MemoryValidation {
  @Field(() => ValidationStatusEnum)
  status!: ValidationStatus;
  @Field(() => DateTime, { nullable: true })
  checkedAt!: Date | null;
  @Field(() => String, { nullable: true })
  evidence!: string | null;
  @Field(() => ExecutionReference, { nullable: true })
  execution!: ExecutionReference | null;
}

@ObjectType('MemoryRevision', { description: 'What the content was at one version.' })
export class MemoryRevisionObject {
  @Field(() => Int)
  version!: number;
  @Field(() => String)
  content!: string;
  @Field(() => DateTime)
  changedAt!: Date;
  @Field(() => String)
  changedBy!: string;
  @Field(() => String, { nullable: true })
  reason!: string | null;
}

@ObjectType()
export class MemoryEdge {
  @Field(() => String)
  cursor!: string;
  @Field(() => MemoryObject)
  node!: MemoryObject;
}

@ObjectType()
export class MemoryConnection {
  @Field(() => [MemoryEdge])
  edges!: MemoryEdge[];
  @Field(() => [MemoryObject])
  nodes!: MemoryObject[];
  @Field(() => PageInfo)
  pageInfo!: PageInfo;
  @Field(() => Int)
  totalCount!: number;
}

@ObjectType()
export class StoreMemoriesPayload {
  @Field(() => [MemoryObject], {
    description: 'In the order they were given; a duplicate is the memory that was there.',
  })
  memories!: MemoryObject[];
  @Field(() => Int)
  created!: number;
  @Field(() => Int)
  merged!: number;
}

@ObjectType()
export class ForgetPayload {
  @Field(() => Int)
  deletedCount!: number;
}

@ObjectType()
export class MemoryChange {
  @Field(() => String)
  cursor!: string;
  @Field(() => ChangeKindEnum)
  kind!: keyof typeof ChangeKindEnum;
  @Field(() => ID)
  memoryId!: string;
  @Field(() => DateTime)
  at!: Date;
}

import { DateTime, Guard } from '@agentos/subgraph-kit';
import { Directive, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { Context } from '../domain/context.js';
import { MergeStrategyEnum } from './enums.js';
import { MemoryObject } from './memory.type.js';

@Directive('@key(fields: "id")')
@Guard('memory:read')
@ObjectType('MemoryContext', {
  description: 'A named working set of memories that a session can switch to; contexts nest.',
})
export class ContextObject implements Omit<Context, 'tenantId' | 'parentId' | 'projectId'> {
  @Field(() => ID)
  id!: string;
  @Field(() => String)
  name!: string;
  @Field(() => String, { nullable: true })
  description!: string | null;
  @Field(() => DateTime)
  createdAt!: Date;
  @Field(() => DateTime, { nullable: true })
  archivedAt!: Date | null;
}

@InputType()
export class CreateContextInput {
  @Field(() => String)
  name!: string;
  @Field(() => String, { nullable: true })
  description?: string | null;
  @Field(() => ID, { nullable: true })
  parentId?: string | null;
  @Field(() => ID, { nullable: true })
  projectId?: string | null;
}

@InputType()
export class MergeContextsInput {
  @Field(() => [ID])
  sourceIds!: string[];
  @Field(() => ID)
  targetId!: string;
  @Field(() => MergeStrategyEnum, { nullable: true, defaultValue: 'KEEP_ALL' })
  strategy?: keyof typeof MergeStrategyEnum | null;
}

@ObjectType({ description: 'Two memories that say different things about the same; `kept` is null where both stay.' })
export class MergeConflict {
  @Field(() => MemoryObject)
  first!: MemoryObject;
  @Field(() => MemoryObject)
  second!: MemoryObject;
  @Field(() => MemoryObject, { nullable: true })
  kept!: MemoryObject | null;
  @Field(() => String)
  reason!: string;
}

@ObjectType()
export class MergeContextsPayload {
  @Field(() => ContextObject)
  context!: ContextObject;
  @Field(() => Int, { description: 'Memories that were in the sources and are in the target now.' })
  moved!: number;
  @Field(() => Int, {
    description: 'Memories that another one of the target says better; they stay, with an end to their validity.',
  })
  superseded!: number;
  @Field(() => [MergeConflict])
  conflicts!: MergeConflict[];
}

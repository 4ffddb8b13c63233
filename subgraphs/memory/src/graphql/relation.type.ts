import { DateTime } from '@agentos/subgraph-kit';
import { Field, Float, ID, InputType, ObjectType } from 'type-graphql';
import type { Relation, RelationshipType } from '../domain/relation.js';
import { RelationshipTypeEnum } from './enums.js';

@ObjectType('MemoryRelationship', { description: 'A typed link from one memory to another.' })
export class RelationObject implements Omit<Relation, 'tenantId' | 'fromId' | 'toId'> {
  @Field(() => ID)
  id!: string;
  @Field(() => RelationshipTypeEnum)
  type!: RelationshipType;
  @Field(() => Float)
  weight!: number;
  @Field(() => DateTime)
  createdAt!: Date;
}

@InputType()
export class RelateMemoriesInput {
  @Field(() => ID)
  fromId!: string;
  @Field(() => ID)
  toId!: string;
  @Field(() => RelationshipTypeEnum)
  type!: RelationshipType;
  @Field(() => Float, { nullable: true, defaultValue: 1 })
  weight?: number | null;
}

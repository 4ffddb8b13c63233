import { BigIntScalar, DateTime } from '@agentos/subgraph-kit';
import { Field, ID, ObjectType } from 'type-graphql';
import type { Lock } from '../domain/lock.js';

@ObjectType('Lock', {
  description: 'Says that one holder, and nobody else, may do what the name stands for, until the lease ends.',
})
export class LockType implements Lock {
  @Field(() => String)
  name!: string;
  @Field(() => ID)
  holder!: string;
  @Field(() => BigIntScalar, { description: 'Greater for each new holder, also after a release.' })
  fencingToken!: string;
  @Field(() => DateTime)
  expiresAt!: Date;
}

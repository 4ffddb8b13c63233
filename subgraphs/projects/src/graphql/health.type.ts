import { DateTime } from '@agentos/subgraph-kit';
import { Field, Float, ObjectType } from 'type-graphql';

@ObjectType('HealthDimension')
export class HealthDimensionType {
  @Field(() => String)
  name!: string;
  @Field(() => Float)
  score!: number;
  @Field(() => String)
  detail!: string;
}

@ObjectType('ProjectHealth')
export class ProjectHealthType {
  @Field(() => Float)
  score!: number;
  @Field(() => Float, { nullable: true })
  trend?: number | null;
  @Field(() => DateTime)
  measuredAt!: Date;
  @Field(() => [HealthDimensionType])
  dimensions!: HealthDimensionType[];
  @Field(() => [String])
  alerts!: string[];
}

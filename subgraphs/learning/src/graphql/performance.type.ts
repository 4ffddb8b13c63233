import { DateTime, JSONScalar } from '@agentos/subgraph-kit';
import { Field, Float, InputType, Int, ObjectType } from 'type-graphql';

@ObjectType('MetricPoint')
export class MetricPointType {
  @Field(() => DateTime)
  at!: Date;
  @Field(() => Float)
  value!: number;
}

@ObjectType('ForecastPoint')
export class ForecastPointType {
  @Field(() => DateTime)
  at!: Date;
  @Field(() => Float)
  value!: number;
  @Field(() => Float)
  low!: number;
  @Field(() => Float)
  high!: number;
}

@ObjectType('PerformanceAnalysis')
export class PerformanceAnalysisType {
  @Field(() => String)
  subject!: string;
  @Field(() => String)
  metric!: string;
  @Field(() => DateTime)
  from!: Date;
  @Field(() => DateTime)
  to!: Date;
  @Field(() => Int)
  count!: number;
  @Field(() => Float, { nullable: true })
  mean?: number | null;
  @Field(() => Float, { nullable: true })
  p50?: number | null;
  @Field(() => Float, { nullable: true })
  p95?: number | null;
  @Field(() => Float, { nullable: true })
  p99?: number | null;
  @Field(() => Float, { nullable: true })
  trendPerDay?: number | null;
  @Field(() => Float, { nullable: true })
  trendPValue?: number | null;
  @Field(() => [MetricPointType])
  anomalies!: MetricPointType[];
  @Field(() => [DateTime])
  changePoints!: Date[];
  @Field(() => [ForecastPointType])
  forecast!: ForecastPointType[];
}

@InputType()
export class MetricPointInput {
  @Field(() => String)
  subject!: string;
  @Field(() => String)
  metric!: string;
  @Field(() => Float)
  value!: number;
  @Field(() => DateTime, { nullable: true })
  at?: Date | null;
  @Field(() => JSONScalar, { nullable: true })
  tags?: unknown;
}

@InputType()
export class TimeRangeInput {
  @Field(() => DateTime)
  from!: Date;
  @Field(() => DateTime)
  to!: Date;
}

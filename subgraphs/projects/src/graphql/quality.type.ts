import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql';

export enum SeverityEnum {
  INFO = 'INFO',
  LOW = 'LOW',
  MEDIUM = 'MEDIUM',
  HIGH = 'HIGH',
  CRITICAL = 'CRITICAL',
}
registerEnumType(SeverityEnum, { name: 'Severity' });

@ObjectType('QualityIssue')
export class QualityIssueType {
  @Field(() => String)
  rule!: string;
  @Field(() => SeverityEnum)
  severity!: SeverityEnum;
  @Field(() => String)
  path!: string;
  @Field(() => Int)
  line!: number;
  @Field(() => String)
  message!: string;
  @Field(() => Int, { nullable: true })
  effortMinutes?: number | null;
}

@ObjectType('Hotspot')
export class HotspotType {
  @Field(() => String)
  path!: string;
  @Field(() => Int)
  changes!: number;
  @Field(() => Float)
  complexity!: number;
  @Field(() => Int)
  authors!: number;
  @Field(() => Float)
  score!: number;
}

@ObjectType('FunctionMetrics')
export class FunctionMetricsType {
  @Field(() => String)
  path!: string;
  @Field(() => String)
  name!: string;
  @Field(() => Int)
  startLine!: number;
  @Field(() => Int)
  endLine!: number;
  @Field(() => Int)
  cyclomaticComplexity!: number;
  @Field(() => Int)
  cognitiveComplexity!: number;
  @Field(() => Int)
  parameters!: number;
  @Field(() => Int)
  nesting!: number;
}

@ObjectType('QualityReport')
export class QualityReportType {
  @Field(() => Float)
  score!: number;
  @Field(() => String)
  grade!: string;
  @Field(() => Int)
  lines!: number;
  @Field(() => Float)
  duplicationRatio!: number;
  @Field(() => Float)
  commentRatio!: number;
  @Field(() => Float)
  testRatio!: number;
  @Field(() => Float)
  complexityMean!: number;
  @Field(() => Float)
  complexityP95!: number;
}

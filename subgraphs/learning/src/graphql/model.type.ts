import { DateTime, Guard, JSONScalar } from '@agentos/subgraph-kit';
import { Directive, Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';

export enum ModelTaskEnum {
  CLASSIFICATION = 'CLASSIFICATION',
  REGRESSION = 'REGRESSION',
  FORECAST = 'FORECAST',
  ANOMALY_DETECTION = 'ANOMALY_DETECTION',
}
registerEnumType(ModelTaskEnum, { name: 'ModelTask' });

export enum ModelStageEnum {
  CANDIDATE = 'CANDIDATE',
  STAGING = 'STAGING',
  PRODUCTION = 'PRODUCTION',
  ARCHIVED = 'ARCHIVED',
}
registerEnumType(ModelStageEnum, { name: 'ModelStage' });

export enum JobStatusEnum {
  QUEUED = 'QUEUED',
  RUNNING = 'RUNNING',
  SUCCEEDED = 'SUCCEEDED',
  FAILED = 'FAILED',
  CANCELLED = 'CANCELLED',
}
registerEnumType(JobStatusEnum, { name: 'JobStatus' });

export enum PipelineStageEnum {
  COLLECT = 'COLLECT',
  FEATURES = 'FEATURES',
  PATTERNS = 'PATTERNS',
  TRAIN = 'TRAIN',
  VALIDATE = 'VALIDATE',
  DEPLOY = 'DEPLOY',
  DONE = 'DONE',
}
registerEnumType(PipelineStageEnum, { name: 'PipelineStage' });

@ObjectType('Metric')
export class MetricType {
  @Field(() => String)
  name!: string;
  @Field(() => Float)
  value!: number;
  @Field(() => Float, { nullable: true })
  stdDev?: number | null;
}

@ObjectType('FeatureImportance')
export class FeatureImportanceType {
  @Field(() => String)
  feature!: string;
  @Field(() => Float)
  importance!: number;
}

@ObjectType('FeatureDrift')
export class FeatureDriftType {
  @Field(() => String)
  feature!: string;
  @Field(() => Float)
  statistic!: number;
  @Field(() => Float)
  pValue!: number;
  @Field(() => Boolean)
  drifted!: boolean;
}

@ObjectType('DriftReport')
export class DriftReportType {
  @Field(() => Boolean)
  drifted!: boolean;
  @Field(() => [FeatureDriftType])
  features!: FeatureDriftType[];
}

@ObjectType('ModelVersion')
export class ModelVersionType {
  @Field(() => Int)
  version!: number;
  @Field(() => String)
  algorithm!: string;
  @Field(() => ModelStageEnum)
  stage!: ModelStageEnum;
  @Field(() => JSONScalar)
  parameters!: unknown;
  @Field(() => [MetricType], { description: 'Measured by cross-validation on rows the fit did not see.' })
  metrics!: MetricType[];
  @Field(() => [MetricType])
  baselineMetrics!: MetricType[];
  @Field(() => [FeatureImportanceType])
  featureImportance!: FeatureImportanceType[];
  @Field(() => Int)
  trainedRows!: number;
  @Field(() => DateTime)
  trainedAt!: Date;
  @Field(() => DriftReportType, { nullable: true })
  drift?: DriftReportType | null;
}

@Directive('@key(fields: "id")')
@Guard('learning:read')
@ObjectType('Model')
export class ModelType {
  @Field(() => ID)
  id!: string;
  @Field(() => String)
  name!: string;
  @Field(() => ModelTaskEnum)
  task!: ModelTaskEnum;
  @Field(() => String)
  target!: string;
  @Field(() => [String])
  features!: string[];
  @Field(() => [ModelVersionType])
  versions!: ModelVersionType[];
  @Field(() => ModelVersionType, { nullable: true })
  production?: ModelVersionType | null;
  @Field(() => DateTime)
  createdAt!: Date;
}

@ObjectType('Prediction')
export class PredictionType {
  @Field(() => JSONScalar)
  value!: unknown;
  @Field(() => Float, { nullable: true })
  probability?: number | null;
  @Field(() => JSONScalar, { nullable: true })
  probabilities?: unknown;
  @Field(() => Float, { nullable: true })
  lower?: number | null;
  @Field(() => Float, { nullable: true })
  upper?: number | null;
  @Field(() => ID)
  modelId!: string;
  @Field(() => Int)
  modelVersion!: number;
  @Field(() => ID)
  predictionId!: string;
  @Field(() => [FeatureImportanceType])
  explanation!: FeatureImportanceType[];
}

@Directive('@key(fields: "id")')
@Guard('learning:read')
@ObjectType('TrainingJob')
export class TrainingJobType {
  @Field(() => ID)
  id!: string;
  @Field(() => JobStatusEnum)
  status!: JobStatusEnum;
  @Field(() => Float)
  progress!: number;
  @Field(() => PipelineStageEnum)
  stage!: PipelineStageEnum;
  @Field(() => ModelType, { nullable: true })
  model?: ModelType | null;
  @Field(() => Int, { nullable: true })
  version?: number | null;
  @Field(() => String, { nullable: true })
  error?: string | null;
  @Field(() => DateTime)
  createdAt!: Date;
  @Field(() => DateTime, { nullable: true })
  finishedAt?: Date | null;
}

@InputType()
export class TrainModelInput {
  @Field(() => String)
  name!: string;
  @Field(() => ID)
  datasetId!: string;
  @Field(() => String)
  target!: string;
  @Field(() => ModelTaskEnum)
  task!: ModelTaskEnum;
  @Field(() => [String], { nullable: true })
  features?: string[] | null;
  @Field(() => String, { nullable: true })
  algorithm?: string | null;
  @Field(() => Int, {
    nullable: true,
    defaultValue: 30,
    description: 'Seconds to search for the best algorithm and parameters when none is named.',
  })
  budgetSeconds!: number | null;
  @Field(() => Int, { nullable: true, defaultValue: 5 })
  folds!: number | null;
  @Field(() => Int, { nullable: true, defaultValue: 0 })
  seed!: number | null;
}

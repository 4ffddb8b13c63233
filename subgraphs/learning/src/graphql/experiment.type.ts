import { DateTime, Guard, JSONScalar } from '@agentos/subgraph-kit';
import { Directive, Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';

export enum ExperimentStatusEnum {
  RUNNING = 'RUNNING',
  STOPPED = 'STOPPED',
}
registerEnumType(ExperimentStatusEnum, { name: 'ExperimentStatus' });

export enum ExperimentDecisionEnum {
  KEEP_RUNNING = 'KEEP_RUNNING',
  SHIP = 'SHIP',
  ROLL_BACK = 'ROLL_BACK',
  NO_DIFFERENCE = 'NO_DIFFERENCE',
}
registerEnumType(ExperimentDecisionEnum, { name: 'ExperimentDecision' });

@ObjectType('VariantResult')
export class VariantResultType {
  @Field(() => String)
  name!: string;
  @Field(() => Float)
  weight!: number;
  @Field(() => Int)
  exposures!: number;
  @Field(() => Int, { nullable: true })
  conversions?: number | null;
  @Field(() => Float, { nullable: true })
  mean?: number | null;
  @Field(() => Float, { nullable: true })
  lift?: number | null;
  @Field(() => Float, { nullable: true })
  intervalLow?: number | null;
  @Field(() => Float, { nullable: true })
  intervalHigh?: number | null;
}

@Directive('@key(fields: "id")')
@Guard('learning:read')
@ObjectType('Experiment', { description: 'An A/B test with valid statistics at any time of looking.' })
export class ExperimentType {
  @Field(() => ID)
  id!: string;
  @Field(() => String)
  name!: string;
  @Field(() => ExperimentStatusEnum)
  status!: ExperimentStatusEnum;
  @Field(() => String)
  metric!: string;
  @Field(() => [VariantResultType])
  variants!: VariantResultType[];
  @Field(() => String, { nullable: true })
  winner?: string | null;
  @Field(() => Float, { nullable: true, description: 'Chance that the leader beats the control.' })
  probabilityToBeatControl?: number | null;
  @Field(() => ExperimentDecisionEnum)
  decision!: ExperimentDecisionEnum;
  @Field(() => Boolean)
  sampleRatioMismatch!: boolean;
  @Field(() => DateTime)
  startedAt!: Date;
  @Field(() => DateTime, { nullable: true })
  endedAt?: Date | null;
}

@ObjectType('VariantAssignment')
export class VariantAssignmentType {
  @Field(() => ID)
  experimentId!: string;
  @Field(() => String)
  unit!: string;
  @Field(() => String)
  variant!: string;
  @Field(() => JSONScalar, { nullable: true })
  payload?: unknown;
}

@InputType()
export class VariantInput {
  @Field(() => String)
  name!: string;
  @Field(() => Float, { nullable: true, defaultValue: 1 })
  weight!: number | null;
  @Field(() => JSONScalar, { nullable: true })
  payload?: unknown;
}

@InputType()
export class StartExperimentInput {
  @Field(() => String)
  name!: string;
  @Field(() => String)
  metric!: string;
  @Field(() => [VariantInput])
  variants!: VariantInput[];
  @Field(() => ID, { nullable: true })
  modelId?: string | null;
}

@InputType()
export class RecordOutcomeInput {
  @Field(() => ID)
  experimentId!: string;
  @Field(() => String)
  unit!: string;
  @Field(() => Float)
  value!: number;
}

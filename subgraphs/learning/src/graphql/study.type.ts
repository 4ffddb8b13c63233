import { Guard, JSONScalar } from '@agentos/subgraph-kit';
import { Directive, Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';

export enum OptimizeDirectionEnum {
  MINIMIZE = 'MINIMIZE',
  MAXIMIZE = 'MAXIMIZE',
}
registerEnumType(OptimizeDirectionEnum, { name: 'OptimizeDirection' });

export enum TrialStateEnum {
  RUNNING = 'RUNNING',
  COMPLETE = 'COMPLETE',
  PRUNED = 'PRUNED',
  FAILED = 'FAILED',
}
registerEnumType(TrialStateEnum, { name: 'TrialState' });

@ObjectType('Trial')
export class TrialType {
  @Field(() => Int)
  number!: number;
  @Field(() => JSONScalar)
  parameters!: unknown;
  @Field(() => Float, { nullable: true })
  value?: number | null;
  @Field(() => TrialStateEnum)
  state!: TrialStateEnum;
}

@Directive('@key(fields: "id")')
@Guard('learning:read')
@ObjectType('Study', { description: 'A black-box search for the best settings: ask for a trial, report its score.' })
export class StudyType {
  @Field(() => ID)
  id!: string;
  @Field(() => String)
  name!: string;
  @Field(() => OptimizeDirectionEnum)
  direction!: OptimizeDirectionEnum;
  @Field(() => Int)
  trialCount!: number;
  @Field(() => TrialType, { nullable: true })
  best?: TrialType | null;
}

@InputType()
export class CreateStudyInput {
  @Field(() => String)
  name!: string;
  @Field(() => OptimizeDirectionEnum)
  direction!: OptimizeDirectionEnum;
  @Field(() => JSONScalar, {
    description: 'JSON Schema of the parameters: numbers with bounds, integers, enums; `x-log` for a log scale.',
  })
  space!: unknown;
  @Field(() => Int, { nullable: true, defaultValue: 0 })
  seed!: number | null;
}

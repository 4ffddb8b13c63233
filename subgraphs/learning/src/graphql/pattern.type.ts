import { DateTime, Guard } from '@agentos/subgraph-kit';
import { Directive, Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';

export enum PatternKindEnum {
  LOG_TEMPLATE = 'LOG_TEMPLATE',
  SEQUENCE = 'SEQUENCE',
  ASSOCIATION = 'ASSOCIATION',
  ANOMALY = 'ANOMALY',
  CHANGE_POINT = 'CHANGE_POINT',
  SEASONALITY = 'SEASONALITY',
  CLUSTER = 'CLUSTER',
}
registerEnumType(PatternKindEnum, { name: 'PatternKind' });

@Directive('@key(fields: "id")')
@Guard('learning:read')
@ObjectType('Pattern', { description: 'Something that keeps happening.' })
export class PatternType {
  @Field(() => ID)
  id!: string;
  @Field(() => PatternKindEnum)
  kind!: PatternKindEnum;
  @Field(() => String, {
    description: 'Readable statement of the pattern; for a log template, the template with `<*>` for what varies.',
  })
  description!: string;
  @Field(() => Int)
  support!: number;
  @Field(() => Float)
  confidence!: number;
  @Field(() => Float, { nullable: true })
  lift?: number | null;
  @Field(() => DateTime, { nullable: true })
  firstSeenAt?: Date | null;
  @Field(() => DateTime, { nullable: true })
  lastSeenAt?: Date | null;
}

@InputType()
export class IdentifyPatternsInput {
  @Field(() => ID, { nullable: true })
  datasetId?: string | null;
  @Field(() => [String], { nullable: true })
  lines?: string[] | null;
  @Field(() => [[String]], { nullable: true })
  sequences?: string[][] | null;
  @Field(() => [PatternKindEnum])
  kinds!: PatternKindEnum[];
  @Field(() => Float, { nullable: true, defaultValue: 0.01 })
  minSupport!: number | null;
  @Field(() => ID, { nullable: true })
  projectId?: string | null;
}

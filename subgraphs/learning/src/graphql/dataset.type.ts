import { DateTime, Guard, JSONScalar } from '@agentos/subgraph-kit';
import { Directive, Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';

export enum ColumnTypeEnum {
  NUMBER = 'NUMBER',
  CATEGORY = 'CATEGORY',
  BOOLEAN = 'BOOLEAN',
  TEXT = 'TEXT',
  TIME = 'TIME',
}
registerEnumType(ColumnTypeEnum, { name: 'ColumnType' });

export enum DatasetSourceEnum {
  UPLOAD = 'UPLOAD',
  EXECUTIONS = 'EXECUTIONS',
  TASKS = 'TASKS',
  SECURITY_EVENTS = 'SECURITY_EVENTS',
  MEMORIES = 'MEMORIES',
  METRICS = 'METRICS',
}
registerEnumType(DatasetSourceEnum, { name: 'DatasetSource' });

@ObjectType('DatasetColumn')
export class DatasetColumnType {
  @Field(() => String)
  name!: string;
  @Field(() => ColumnTypeEnum)
  type!: ColumnTypeEnum;
  @Field(() => Int)
  missing!: number;
  @Field(() => Int)
  distinct!: number;
  @Field(() => Float, { nullable: true })
  mean?: number | null;
  @Field(() => Float, { nullable: true })
  stdDev?: number | null;
  @Field(() => Float, { nullable: true })
  min?: number | null;
  @Field(() => Float, { nullable: true })
  max?: number | null;
  @Field(() => [String])
  topValues!: string[];
}

@Directive('@key(fields: "id")')
@Guard('learning:read')
@ObjectType('Dataset', {
  description: "Rows with named columns, from a file, from the platform's own events, or appended by the caller.",
})
export class DatasetType {
  @Field(() => ID)
  id!: string;
  @Field(() => String)
  name!: string;
  @Field(() => Int)
  rowCount!: number;
  @Field(() => DatasetSourceEnum)
  source!: DatasetSourceEnum;
  @Field(() => DateTime)
  createdAt!: Date;
  @Field(() => DateTime)
  updatedAt!: Date;
}

@InputType()
export class DatasetInput {
  @Field(() => String)
  name!: string;
  @Field(() => DatasetSourceEnum, { nullable: true, defaultValue: DatasetSourceEnum.UPLOAD })
  source!: DatasetSourceEnum | null;
  @Field(() => String, { nullable: true })
  csv?: string | null;
  @Field(() => [JSONScalar], { nullable: true })
  rows?: unknown[] | null;
  @Field(() => DateTime, { nullable: true })
  from?: Date | null;
  @Field(() => DateTime, { nullable: true })
  to?: Date | null;
  @Field(() => ID, { nullable: true })
  projectId?: string | null;
}

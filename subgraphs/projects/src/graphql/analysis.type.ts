import { DateTime, Guard } from '@agentos/subgraph-kit';
import { Directive, Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';

export enum AnalysisStatusEnum {
  QUEUED = 'QUEUED',
  RUNNING = 'RUNNING',
  SUCCEEDED = 'SUCCEEDED',
  FAILED = 'FAILED',
}
registerEnumType(AnalysisStatusEnum, { name: 'AnalysisStatus' });

@ObjectType('SkippedFile')
export class SkippedFileType {
  @Field(() => String)
  path!: string;
  @Field(() => String)
  reason!: string;
}

@Directive('@key(fields: "id")')
@Guard('projects:read')
@ObjectType('Analysis')
export class AnalysisType {
  @Field(() => ID)
  id!: string;
  @Field(() => AnalysisStatusEnum)
  status!: AnalysisStatusEnum;
  @Field(() => Float)
  progress!: number;
  @Field(() => String, { nullable: true })
  revision?: string | null;
  @Field(() => Int)
  files!: number;
  @Field(() => Int)
  symbols!: number;
  @Field(() => [SkippedFileType], {
    description: 'Files that could not be parsed, and why; the rest is analyzed all the same.',
  })
  skipped!: SkippedFileType[];
  @Field(() => Int, { description: 'How many files were read again, as against taken from the last analysis.' })
  reparsed!: number;
  @Field(() => Float, { nullable: true })
  tookMs?: number | null;
  @Field(() => DateTime, { nullable: true })
  finishedAt?: Date | null;
  @Field(() => String, { nullable: true })
  error?: string | null;
}

import { DateTime, Guard } from '@agentos/subgraph-kit';
import { Directive, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';

export enum Framework {
  SOC2 = 'SOC2',
  ISO27001 = 'ISO27001',
  GDPR = 'GDPR',
}
registerEnumType(Framework, { name: 'Framework' });

export enum ReportFormat {
  JSON = 'JSON',
  MARKDOWN = 'MARKDOWN',
  HTML = 'HTML',
}
registerEnumType(ReportFormat, { name: 'ReportFormat' });

export enum ControlStatus {
  PASSED = 'PASSED',
  FAILED = 'FAILED',
  NOT_ASSESSED = 'NOT_ASSESSED',
}
registerEnumType(ControlStatus, { name: 'ControlStatus' });

@ObjectType()
export class ControlResult {
  @Field(() => String)
  id!: string;
  @Field(() => String)
  title!: string;
  @Field(() => ControlStatus)
  status!: ControlStatus;
  @Field(() => [String])
  evidence!: string[];
  @Field(() => String, { nullable: true })
  remediation!: string | null;
}

@Directive('@key(fields: "id")')
@Guard('security:read')
@ObjectType()
export class ComplianceReport {
  @Field(() => ID)
  id!: string;
  @Field(() => Framework)
  framework!: Framework;
  @Field(() => DateTime)
  from!: Date;
  @Field(() => DateTime)
  to!: Date;
  @Field(() => DateTime)
  generatedAt!: Date;
  @Field(() => [ControlResult])
  controls!: ControlResult[];
  @Field(() => Int)
  passed!: number;
  @Field(() => Int)
  failed!: number;
  @Field(() => Int)
  notAssessed!: number;
  @Field(() => String)
  digest!: string;
  @Field(() => String)
  signature!: string;
}

@ObjectType()
export class KeyStatus {
  @Field(() => String)
  keyId!: string;
  @Field(() => Int)
  version!: number;
  @Field(() => String)
  algorithm!: string;
  @Field(() => DateTime)
  createdAt!: Date;
  @Field(() => Boolean)
  active!: boolean;
  @Field(() => Int)
  recordsLeftToRewrap!: number;
}

import { BigIntScalar, DateTime, Guard, JSONScalar, PageInfo } from '@agentos/subgraph-kit';
import { Directive, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { EventSeverity, Outcome, SecurityEvent } from '../domain/security-event.js';
import type { AuditVerification } from '../service/audit-verification.js';

export enum EventSeverityEnum {
  INFO = 'INFO',
  LOW = 'LOW',
  MEDIUM = 'MEDIUM',
  HIGH = 'HIGH',
  CRITICAL = 'CRITICAL',
}
registerEnumType(EventSeverityEnum, { name: 'EventSeverity' });

export enum OutcomeEnum {
  ALLOWED = 'ALLOWED',
  DENIED = 'DENIED',
  SUCCEEDED = 'SUCCEEDED',
  FAILED = 'FAILED',
}
registerEnumType(OutcomeEnum, { name: 'Outcome' });

@Directive('@key(fields: "id")')
@Guard('audit:read')
@ObjectType('SecurityEvent', {
  description: 'A line of the audit log; each carries the hash of the one before it.',
})
export class SecurityEventType implements Omit<SecurityEvent, 'principalId'> {
  @Field(() => ID)
  id!: string;
  @Field(() => BigIntScalar, { description: 'Counts from 1 in each tenant, with no gaps.' })
  sequence!: bigint;
  @Field(() => DateTime)
  at!: Date;
  @Field(() => String)
  type!: string;
  @Field(() => EventSeverityEnum)
  severity!: EventSeverity;
  @Field(() => String)
  action!: string;
  @Field(() => String, { nullable: true })
  resource!: string | null;
  @Field(() => OutcomeEnum)
  outcome!: Outcome;
  @Field(() => String, { nullable: true })
  sourceIp!: string | null;
  @Field(() => String, { nullable: true })
  traceId!: string | null;
  @Field(() => JSONScalar, { nullable: true })
  details!: unknown;
  @Field(() => String)
  hash!: string;
  @Field(() => String)
  previousHash!: string;
}

@ObjectType()
export class SecurityEventEdge {
  @Field(() => String)
  cursor!: string;
  @Field(() => SecurityEventType)
  node!: SecurityEventType;
}

@ObjectType()
export class SecurityEventConnection {
  @Field(() => [SecurityEventEdge])
  edges!: SecurityEventEdge[];
  @Field(() => [SecurityEventType])
  nodes!: SecurityEventType[];
  @Field(() => PageInfo)
  pageInfo!: PageInfo;
  @Field(() => Int)
  totalCount!: number;
}

@ObjectType('AuditVerification')
export class AuditVerificationType implements AuditVerification {
  @Field(() => Boolean)
  intact!: boolean;
  @Field(() => BigIntScalar, { description: 'How many lines were read.' })
  checked!: bigint;
  @Field(() => BigIntScalar, { nullable: true, description: 'The first line that does not fit, if any.' })
  brokenAt!: bigint | null;
  @Field(() => String, { description: 'The hash of the last line of the range: of the whole log, its head.' })
  head!: string;
  @Field(() => String, {
    description: "The server's Ed25519 signature (base64url) of range and head; empty where the log is not intact.",
  })
  signature!: string;
}

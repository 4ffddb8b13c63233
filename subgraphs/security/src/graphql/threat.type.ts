import { DateTime, Guard } from '@agentos/subgraph-kit';
import { Directive, Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { EventSeverity } from '../domain/security-event.js';
import { PrincipalType } from './identity.type.js';
import { EventSeverityEnum } from './security-event.type.js';

export enum ThreatCategory {
  MALICIOUS_CODE = 'MALICIOUS_CODE',
  PROMPT_INJECTION = 'PROMPT_INJECTION',
  SECRET_LEAK = 'SECRET_LEAK',
  DATA_EXFILTRATION = 'DATA_EXFILTRATION',
  BRUTE_FORCE = 'BRUTE_FORCE',
  PRIVILEGE_ESCALATION = 'PRIVILEGE_ESCALATION',
  RESOURCE_ABUSE = 'RESOURCE_ABUSE',
  MEMORY_POISONING = 'MEMORY_POISONING',
  SANDBOX_ESCAPE = 'SANDBOX_ESCAPE',
  SUPPLY_CHAIN = 'SUPPLY_CHAIN',
}
registerEnumType(ThreatCategory, { name: 'ThreatCategory' });

export enum ThreatStatus {
  OPEN = 'OPEN',
  ACKNOWLEDGED = 'ACKNOWLEDGED',
  RESOLVED = 'RESOLVED',
  FALSE_POSITIVE = 'FALSE_POSITIVE',
}
registerEnumType(ThreatStatus, { name: 'ThreatStatus' });

export enum ScanVerdict {
  CLEAN = 'CLEAN',
  SUSPICIOUS = 'SUSPICIOUS',
  MALICIOUS = 'MALICIOUS',
}
registerEnumType(ScanVerdict, { name: 'ScanVerdict' });

@ObjectType()
export class Evidence {
  @Field(() => String, { nullable: true })
  location!: string | null;
  @Field(() => Int, { nullable: true })
  line!: number | null;
  @Field(() => String)
  excerpt!: string;
}

@Directive('@key(fields: "id")')
@Guard('security:read')
@ObjectType()
export class Threat {
  @Field(() => ID)
  id!: string;
  @Field(() => ThreatCategory)
  category!: ThreatCategory;
  @Field(() => EventSeverityEnum)
  severity!: EventSeverity;
  @Field(() => Float)
  confidence!: number;
  @Field(() => String)
  rule!: string;
  @Field(() => String)
  title!: string;
  @Field(() => [Evidence])
  evidence!: Evidence[];
  @Field(() => String, { nullable: true })
  technique!: string | null;
  @Field(() => PrincipalType, { nullable: true })
  principal!: PrincipalType | null;
  @Field(() => ThreatStatus)
  status!: ThreatStatus;
  @Field(() => DateTime)
  detectedAt!: Date;
}

@ObjectType()
export class ScanReport {
  @Field(() => ScanVerdict)
  verdict!: ScanVerdict;
  @Field(() => [Threat])
  threats!: Threat[];
  @Field(() => Int)
  rulesRun!: number;
  @Field(() => Float)
  tookMs!: number;
}

@ObjectType()
export class Anomaly {
  @Field(() => ID)
  id!: string;
  @Field(() => String)
  metric!: string;
  @Field(() => String)
  subject!: string;
  @Field(() => DateTime)
  at!: Date;
  @Field(() => Float)
  observed!: number;
  @Field(() => Float)
  expected!: number;
  @Field(() => Float)
  score!: number;
  @Field(() => EventSeverityEnum)
  severity!: EventSeverity;
}

@InputType()
export class ScanFileInput {
  @Field(() => String)
  path!: string;
  @Field(() => String)
  text!: string;
}

@InputType()
export class ScanInput {
  @Field(() => String, { nullable: true })
  code?: string | null;
  @Field(() => String, { nullable: true })
  runtime?: string | null;
  @Field(() => String, { nullable: true })
  text?: string | null;
  @Field(() => [ScanFileInput], { nullable: true })
  files?: ScanFileInput[] | null;
}

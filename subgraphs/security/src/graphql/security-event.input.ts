import { DateTime, JSONScalar } from '@agentos/subgraph-kit';
import { Field, ID, InputType } from 'type-graphql';
import type { EventSeverity, Outcome } from '../domain/security-event.js';
import { EventSeverityEnum, OutcomeEnum } from './security-event.type.js';

@InputType()
export class LogSecurityEventInput {
  @Field(() => String)
  type!: string;
  @Field(() => EventSeverityEnum, { nullable: true, defaultValue: EventSeverityEnum.INFO })
  severity!: EventSeverity | null;
  @Field(() => String)
  action!: string;
  @Field(() => String, { nullable: true })
  resource?: string | null;
  @Field(() => OutcomeEnum)
  outcome!: Outcome;
  @Field(() => JSONScalar, { nullable: true, description: 'At most 16 KiB; never contents or secrets.' })
  details?: unknown;
}

@InputType()
export class SecurityEventFilter {
  @Field(() => [String], { nullable: true })
  types?: string[] | null;
  @Field(() => EventSeverityEnum, { nullable: true })
  minSeverity?: EventSeverity | null;
  @Field(() => ID, { nullable: true })
  principalId?: string | null;
  @Field(() => DateTime, { nullable: true })
  from?: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'Included, as `from` is.' })
  to?: Date | null;
  @Field(() => OutcomeEnum, { nullable: true })
  outcome?: Outcome | null;
}

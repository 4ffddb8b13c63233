import { DateTime } from '@agentos/subgraph-kit';
import { Field, ID, Int, InterfaceType, ObjectType } from 'type-graphql';
import type { OutputStream, StoredEvent } from '../domain/event.js';
import type { ExecutionStatus, ResourceUsage } from '../domain/execution.js';
import { ExecutionStatusEnum, OutputStreamEnum } from './enums.js';
import { ResourceUsageType } from './resources.type.js';

const TYPE_NAMES: Record<StoredEvent['kind'], string> = {
  output: 'ExecutionOutput',
  status: 'ExecutionStatusChanged',
  usage: 'ExecutionUsageSampled',
};

/** A stored event as the schema shows it. */
export type ShownEvent = Omit<StoredEvent, 'at'> & { executionId: string; at: Date };

export const shown = (executionId: string, event: StoredEvent): ShownEvent => ({
  ...event,
  executionId,
  at: new Date(event.at),
});

@InterfaceType({
  description:
    'An event of a running execution. `offset` grows by one with each event of an execution and never changes: resume with it.',
  resolveType: (event: ShownEvent) => TYPE_NAMES[event.kind],
})
export abstract class ExecutionEvent {
  @Field(() => ID)
  executionId!: string;
  @Field(() => Int)
  offset!: number;
  @Field(() => DateTime)
  at!: Date;
}

@ObjectType({ implements: ExecutionEvent })
export class ExecutionOutput extends ExecutionEvent {
  @Field(() => OutputStreamEnum)
  stream!: OutputStream;
  @Field(() => String, { description: 'UTF-8; a code point is never split.' })
  text!: string;
  @Field(() => String, { nullable: true, description: 'Set in place of text where the bytes are not UTF-8.' })
  base64?: string | null;
}

@ObjectType({ implements: ExecutionEvent })
export class ExecutionStatusChanged extends ExecutionEvent {
  @Field(() => ExecutionStatusEnum)
  status!: ExecutionStatus;
}

@ObjectType({ implements: ExecutionEvent })
export class ExecutionUsageSampled extends ExecutionEvent {
  @Field(() => ResourceUsageType)
  usage!: ResourceUsage;
}

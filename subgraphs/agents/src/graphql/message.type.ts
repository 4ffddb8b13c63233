import { DateTime, JSONScalar } from '@agentos/subgraph-kit';
import { Field, ID, ObjectType } from 'type-graphql';
import type { AgentMessage } from '../domain/message.js';

@ObjectType('AgentMessage', { description: 'Something that one agent says to another, or to all; kept for a week.' })
export class AgentMessageType implements Omit<AgentMessage, 'fromAgentId' | 'toAgentId'> {
  @Field(() => ID)
  id!: string;
  @Field(() => String)
  cursor!: string;
  @Field(() => String)
  topic!: string;
  @Field(() => JSONScalar)
  body!: unknown;
  @Field(() => DateTime)
  sentAt!: Date;
}

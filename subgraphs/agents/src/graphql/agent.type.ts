import { DateTime, Guard } from '@agentos/subgraph-kit';
import { Directive, Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import type { Agent } from '../domain/agent.js';

export enum AgentStatusEnum {
  ONLINE = 'ONLINE',
  IDLE = 'IDLE',
  OFFLINE = 'OFFLINE',
  RETIRED = 'RETIRED',
}
registerEnumType(AgentStatusEnum, { name: 'AgentStatus', description: 'From the time of its last heartbeat.' });

@Directive('@key(fields: "id")')
@Guard('agents:read')
@ObjectType('Agent', { description: 'A worker that remembers, runs programs and takes tasks.' })
export class AgentType implements Omit<Agent, 'tenantId' | 'retiredAt'> {
  @Field(() => ID)
  id!: string;
  @Field(() => String, { description: "Unique among the tenant's agents." })
  name!: string;
  @Field(() => String)
  kind!: string;
  @Field(() => [String], { description: 'What tasks it can take.' })
  capabilities!: string[];
  @Field(() => DateTime, { nullable: true })
  lastSeenAt!: Date | null;
  @Field(() => DateTime)
  createdAt!: Date;
}

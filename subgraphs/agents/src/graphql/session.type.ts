import { DateTime, Guard, PageInfo } from '@agentos/subgraph-kit';
import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import type { Session } from '../domain/session.js';

@Directive('@key(fields: "id")')
@Guard('agents:read')
@ObjectType('Session', {
  description: 'One stretch of work of one agent; memory, executions and tasks point back to it.',
})
export class SessionType implements Omit<Session, 'tenantId' | 'agentId' | 'projectId'> {
  @Field(() => ID)
  id!: string;
  @Field(() => String, { nullable: true })
  title!: string | null;
  @Field(() => DateTime)
  startedAt!: Date;
  @Field(() => DateTime, { nullable: true })
  endedAt!: Date | null;
}

@ObjectType()
export class SessionEdge {
  @Field(() => String)
  cursor!: string;
  @Field(() => SessionType)
  node!: SessionType;
}

@ObjectType()
export class SessionConnection {
  @Field(() => [SessionEdge])
  edges!: SessionEdge[];
  @Field(() => [SessionType])
  nodes!: SessionType[];
  @Field(() => PageInfo)
  pageInfo!: PageInfo;
  @Field(() => Int)
  totalCount!: number;
}

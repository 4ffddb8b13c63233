import { BigIntScalar, DateTime, Guard, JSONScalar, PageInfo } from '@agentos/subgraph-kit';
import { Directive, Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { Task, TaskLease } from '../domain/task.js';

export enum TaskStateEnum {
  BLOCKED = 'BLOCKED',
  READY = 'READY',
  CLAIMED = 'CLAIMED',
  SUCCEEDED = 'SUCCEEDED',
  FAILED = 'FAILED',
  DEAD = 'DEAD',
  CANCELLED = 'CANCELLED',
}
registerEnumType(TaskStateEnum, {
  name: 'TaskState',
  valuesConfig: {
    BLOCKED: { description: 'A task that it depends on has not succeeded yet.' },
    FAILED: { description: 'Given up by the agent that had it.' },
    DEAD: { description: 'All tries have failed.' },
  },
});

@Directive('@key(fields: "id")')
@Guard('agents:read')
@ObjectType('Task', {
  description:
    'A unit of work that any agent with the capabilities may claim. Delivered at least once; a fencing token makes the effect happen once.',
})
export class TaskType implements Omit<Task, 'tenantId' | 'dependsOn' | 'assigneeId' | 'projectId' | 'fencingToken'> {
  @Field(() => ID)
  id!: string;
  @Field(() => String)
  title!: string;
  @Field(() => JSONScalar, { nullable: true })
  payload!: unknown;
  @Field(() => [String])
  requiredCapabilities!: string[];
  @Field(() => Int, { description: 'Greater is more urgent.' })
  priority!: number;
  @Field(() => TaskStateEnum)
  state!: `${TaskStateEnum}`;
  @Field(() => Int, { description: 'How often it has been claimed.' })
  attempts!: number;
  @Field(() => Int)
  maxAttempts!: number;
  @Field(() => DateTime, { nullable: true })
  notBefore!: Date | null;
  @Field(() => DateTime, { nullable: true })
  leaseExpiresAt!: Date | null;
  @Field(() => Float, { nullable: true, description: '0 to 1.' })
  progress!: number | null;
  @Field(() => JSONScalar, { nullable: true })
  result!: unknown;
  @Field(() => String, { nullable: true, description: 'Of the last try that failed.' })
  error!: string | null;
  @Field(() => DateTime)
  createdAt!: Date;
  @Field(() => DateTime, { nullable: true })
  finishedAt!: Date | null;
}

@ObjectType('TaskLease', {
  description: 'A claim on a task; `fencingToken` grows with each claim and a stale one is refused.',
})
export class TaskLeaseType implements Omit<TaskLease, 'task'> {
  @Field(() => TaskType)
  task!: TaskType;
  @Field(() => BigIntScalar)
  fencingToken!: string;
  @Field(() => DateTime)
  expiresAt!: Date;
}

@ObjectType()
export class TaskEdge {
  @Field(() => String)
  cursor!: string;
  @Field(() => TaskType)
  node!: TaskType;
}

@ObjectType()
export class TaskConnection {
  @Field(() => [TaskEdge])
  edges!: TaskEdge[];
  @Field(() => [TaskType])
  nodes!: TaskType[];
  @Field(() => PageInfo)
  pageInfo!: PageInfo;
  @Field(() => Int)
  totalCount!: number;
}

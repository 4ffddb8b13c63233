import { BigIntScalar, DateTime, Guard, PageInfo } from '@agentos/subgraph-kit';
import { Directive, Field, Float, ID, Int, ObjectType } from 'type-graphql';
import type {
  Execution,
  ExecutionFailure,
  ExecutionStatus,
  ExecutionTiming,
  FailureCode,
  Isolation,
  RuntimeId,
} from '../domain/execution.js';
import { ExecutionStatusEnum, FailureCodeEnum, IsolationEnum, RuntimeIdEnum } from './enums.js';
import { ResourceLimitsType, ResourceUsageType } from './resources.type.js';

@ObjectType('ExecutionFailure')
export class ExecutionFailureType implements ExecutionFailure {
  @Field(() => FailureCodeEnum)
  code!: FailureCode;
  @Field(() => String)
  message!: string;
}

@ObjectType('ExecutionTiming', { description: 'Where the time went, in milliseconds.' })
export class ExecutionTimingType implements ExecutionTiming {
  @Field(() => Float)
  queuedMs!: number;
  @Field(() => Float)
  preparedMs!: number;
  @Field(() => Float, { nullable: true })
  compiledMs!: number | null;
  @Field(() => Float)
  ranMs!: number;
}

@ObjectType()
export class Artifact {
  @Field(() => String)
  name!: string;
  @Field(() => String)
  mimeType!: string;
  @Field(() => BigIntScalar)
  sizeBytes!: number;
  @Field(() => String)
  url!: string;
  @Field(() => String, { nullable: true })
  text!: string | null;
}

type Shown = Omit<
  Execution,
  'tenantId' | 'agentId' | 'projectId' | 'sessionId' | 'stdout' | 'stderr' | 'owner' | 'leaseUntil' | 'cancelRequested'
>;

@Directive('@key(fields: "id")')
@Guard('execution:read')
@ObjectType('Execution', { description: 'One run of a program in a sandbox.' })
export class ExecutionType implements Shown {
  @Field(() => ID)
  id!: string;
  @Field(() => RuntimeIdEnum)
  runtime!: RuntimeId;
  @Field(() => ExecutionStatusEnum)
  status!: ExecutionStatus;
  @Field(() => ExecutionFailureType, {
    nullable: true,
    description: 'Why it ended as it did, when it did not succeed: one stable word a program can act on.',
  })
  failure!: ExecutionFailure | null;
  @Field(() => Int, { nullable: true })
  exitCode!: number | null;
  @Field(() => String, { nullable: true })
  signal!: string | null;
  @Field(() => Boolean, {
    description: 'True where the output went past `limits.outputBytes`; what was kept is the head.',
  })
  truncated!: boolean;
  @Field(() => ResourceUsageType, { nullable: true })
  usage!: ResourceUsageType | null;
  @Field(() => ResourceLimitsType)
  limits!: ResourceLimitsType;
  @Field(() => IsolationEnum)
  isolation!: Isolation;
  @Field(() => Boolean, {
    description: 'The same code, input and runtime were run before, and their result was reused.',
  })
  cached!: boolean;
  @Field(() => DateTime)
  createdAt!: Date;
  @Field(() => DateTime, { nullable: true })
  startedAt!: Date | null;
  @Field(() => DateTime, { nullable: true })
  finishedAt!: Date | null;
  @Field(() => ExecutionTimingType, { nullable: true })
  timing!: ExecutionTiming | null;
}

@ObjectType()
export class ExecutionEdge {
  @Field(() => String)
  cursor!: string;
  @Field(() => ExecutionType)
  node!: ExecutionType;
}

@ObjectType()
export class ExecutionConnection {
  @Field(() => [ExecutionEdge])
  edges!: ExecutionEdge[];
  @Field(() => [ExecutionType])
  nodes!: ExecutionType[];
  @Field(() => PageInfo)
  pageInfo!: PageInfo;
  @Field(() => Int)
  totalCount!: number;
}

@ObjectType('Runtime', {
  description: 'A language that programs can be written in, and the sandbox that holds it here.',
})
export class RuntimeType {
  @Field(() => RuntimeIdEnum)
  id!: RuntimeId;
  @Field(() => String)
  version!: string;
  @Field(() => IsolationEnum)
  isolation!: Isolation;
  @Field(() => Boolean)
  available!: boolean;
  @Field(() => String, { nullable: true, description: 'What to install to make it available.' })
  unavailableBecause!: string | null;
  @Field(() => Int)
  warmSandboxes!: number;
}

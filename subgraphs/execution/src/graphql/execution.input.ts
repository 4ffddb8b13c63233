import { DateTime } from '@agentos/subgraph-kit';
import { Field, ID, InputType, Int } from 'type-graphql';
import type { ExecutionStatus, Isolation, RuntimeId } from '../domain/execution.js';
import { ExecutionStatusEnum, IsolationEnum, NetworkModeEnum, RuntimeIdEnum } from './enums.js';
import { ResourceLimitsInput } from './resources.type.js';

@InputType()
export class FileInput {
  @Field(() => String)
  path!: string;
  @Field(() => String, { nullable: true })
  text?: string | null;
  @Field(() => String, { nullable: true })
  base64?: string | null;
  @Field(() => Boolean, { nullable: true, defaultValue: false })
  executable?: boolean | null;
}

@InputType()
export class EnvVarInput {
  @Field(() => String)
  name!: string;
  @Field(() => String)
  value!: string;
}

@InputType()
export class NetworkPolicyInput {
  @Field(() => NetworkModeEnum)
  mode!: 'NONE' | 'ALLOW_LIST';
  @Field(() => [String], { nullable: true, defaultValue: [] })
  allow?: string[] | null;
}

@InputType()
export class ExecuteInput {
  @Field(() => RuntimeIdEnum)
  runtime!: RuntimeId;
  @Field(() => String)
  code!: string;
  @Field(() => [FileInput], {
    nullable: true,
    defaultValue: [],
    description: 'More files beside the program, by relative path; the program itself is `entrypoint`.',
  })
  files?: FileInput[] | null;
  @Field(() => String, { nullable: true })
  entrypoint?: string | null;
  @Field(() => [String], { nullable: true, defaultValue: [] })
  args?: string[] | null;
  @Field(() => String, {
    nullable: true,
    description: 'All of the standard input. Left out, the input stays open for `sendInput` while the program runs.',
  })
  stdin?: string | null;
  @Field(() => [EnvVarInput], { nullable: true, defaultValue: [] })
  env?: EnvVarInput[] | null;
  @Field(() => ResourceLimitsInput, { nullable: true })
  limits?: ResourceLimitsInput | null;
  @Field(() => NetworkPolicyInput, { nullable: true })
  network?: NetworkPolicyInput | null;
  @Field(() => ID, { nullable: true })
  environmentId?: string | null;
  @Field(() => IsolationEnum, { nullable: true, description: 'At least this strong; refused rather than weakened.' })
  isolation?: Isolation | null;
  @Field(() => ID, { nullable: true })
  agentId?: string | null;
  @Field(() => ID, { nullable: true })
  projectId?: string | null;
  @Field(() => ID, { nullable: true })
  sessionId?: string | null;
  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'Answer from an earlier identical run when there is one.',
  })
  reuseResult?: boolean | null;
  @Field(() => Int, {
    nullable: true,
    defaultValue: 0,
    description: 'Hold the answer until it has ended, at most this long; 0 answers at once.',
  })
  waitMs?: number | null;
}

@InputType('ExecutionFilter')
export class ExecutionFilterInput {
  @Field(() => [ExecutionStatusEnum], { nullable: true })
  status?: ExecutionStatus[] | null;
  @Field(() => [RuntimeIdEnum], { nullable: true })
  runtime?: RuntimeId[] | null;
  @Field(() => ID, { nullable: true })
  agentId?: string | null;
  @Field(() => ID, { nullable: true })
  projectId?: string | null;
  @Field(() => ID, { nullable: true })
  sessionId?: string | null;
  @Field(() => ID, { nullable: true })
  environmentId?: string | null;
  @Field(() => DateTime, { nullable: true })
  createdAfter?: Date | null;
  @Field(() => DateTime, { nullable: true })
  createdBefore?: Date | null;
}

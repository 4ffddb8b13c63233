import { BigIntScalar, DateTime, Guard } from '@agentos/subgraph-kit';
import { Directive, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { Isolation, RuntimeId } from '../domain/execution.js';
import { EnvironmentStatusEnum, FileKindEnum, IsolationEnum, NetworkModeEnum, RuntimeIdEnum } from './enums.js';
import { FileInput, NetworkPolicyInput } from './execution.input.js';
import { ResourceLimitsInput, ResourceLimitsType, ResourceUsageType } from './resources.type.js';

@ObjectType()
export class NetworkPolicy {
  @Field(() => NetworkModeEnum)
  mode!: 'NONE' | 'ALLOW_LIST';
  @Field(() => [String])
  allow!: string[];
}

@ObjectType()
export class FileEntry {
  @Field(() => String)
  path!: string;
  @Field(() => FileKindEnum)
  kind!: 'FILE' | 'DIRECTORY' | 'LINK';
  @Field(() => BigIntScalar)
  sizeBytes!: number;
  @Field(() => DateTime)
  modifiedAt!: Date;
}

@ObjectType()
export class FileContent {
  @Field(() => String)
  path!: string;
  @Field(() => String, { nullable: true })
  text!: string | null;
  @Field(() => String)
  base64!: string;
  @Field(() => BigIntScalar)
  sizeBytes!: number;
}

@Directive('@key(fields: "id")')
@Guard('execution:read')
@ObjectType('Environment', {
  description: 'A sandbox that outlives one run: files, packages, and for interpreters the variables stay.',
})
export class EnvironmentType {
  @Field(() => ID)
  id!: string;
  @Field(() => String, { nullable: true })
  name!: string | null;
  @Field(() => RuntimeIdEnum)
  runtime!: RuntimeId;
  @Field(() => EnvironmentStatusEnum)
  status!: string;
  @Field(() => IsolationEnum)
  isolation!: Isolation;
  @Field(() => ResourceLimitsType)
  limits!: ResourceLimitsType;
  @Field(() => NetworkPolicy)
  network!: NetworkPolicy;
  @Field(() => ResourceUsageType, { nullable: true })
  usage!: ResourceUsageType | null;
  @Field(() => DateTime)
  createdAt!: Date;
  @Field(() => DateTime)
  lastUsedAt!: Date;
  @Field(() => Int, { description: 'Destroyed when unused this long.' })
  idleTimeoutSeconds!: number;
}

@ObjectType()
export class ResourceAllocation {
  @Field(() => ID)
  environmentId!: string;
  @Field(() => ResourceLimitsType)
  limits!: ResourceLimitsType;
}

@InputType()
export class CreateEnvironmentInput {
  @Field(() => RuntimeIdEnum)
  runtime!: RuntimeId;
  @Field(() => String, { nullable: true })
  name?: string | null;
  @Field(() => ResourceLimitsInput, { nullable: true })
  limits?: ResourceLimitsInput | null;
  @Field(() => NetworkPolicyInput, { nullable: true })
  network?: NetworkPolicyInput | null;
  @Field(() => [String], { nullable: true, defaultValue: [] })
  packages?: string[] | null;
  @Field(() => [FileInput], { nullable: true, defaultValue: [] })
  files?: FileInput[] | null;
  @Field(() => Int, { nullable: true, defaultValue: 600 })
  idleTimeoutSeconds?: number | null;
  @Field(() => IsolationEnum, { nullable: true })
  isolation?: Isolation | null;
  @Field(() => ID, { nullable: true })
  projectId?: string | null;
  @Field(() => ID, { nullable: true })
  agentId?: string | null;
}

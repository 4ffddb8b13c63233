import { BigIntScalar } from '@agentos/subgraph-kit';
import { Field, Float, InputType, Int, ObjectType } from 'type-graphql';
import type { ResourceLimits, ResourceUsage } from '../domain/execution.js';
import type { LimitsInput } from '../domain/limits.js';

@ObjectType('ResourceUsage', { description: 'What was used, as the kernel counts it; times in milliseconds.' })
export class ResourceUsageType implements ResourceUsage {
  @Field(() => Float)
  wallMs!: number;
  @Field(() => Float)
  cpuMs!: number;
  @Field(() => BigIntScalar)
  peakMemoryBytes!: number;
  @Field(() => BigIntScalar)
  outputBytes!: number;
  @Field(() => Int, { nullable: true })
  processesPeak!: number | null;
}

@ObjectType('ResourceLimits', { description: 'What may be used at most; `cpus` in cores.' })
export class ResourceLimitsType implements ResourceLimits {
  @Field(() => Int)
  wallMs!: number;
  @Field(() => Int)
  cpuMs!: number;
  @Field(() => BigIntScalar)
  memoryBytes!: number;
  @Field(() => Int)
  processes!: number;
  @Field(() => BigIntScalar)
  diskBytes!: number;
  @Field(() => BigIntScalar)
  outputBytes!: number;
  @Field(() => Float)
  cpus!: number;
}

@InputType()
export class ResourceLimitsInput {
  @Field(() => Int, { nullable: true })
  wallMs?: number | null;
  @Field(() => Int, { nullable: true })
  cpuMs?: number | null;
  @Field(() => BigIntScalar, { nullable: true })
  memoryBytes?: bigint | null;
  @Field(() => Int, { nullable: true })
  processes?: number | null;
  @Field(() => BigIntScalar, { nullable: true })
  diskBytes?: bigint | null;
  @Field(() => BigIntScalar, { nullable: true })
  outputBytes?: bigint | null;
  @Field(() => Float, { nullable: true })
  cpus?: number | null;
}

/** Numbers, as the domain has them: every range ends far below where they stop being exact. */
export function limitsOf(input: ResourceLimitsInput | null | undefined): LimitsInput | null {
  if (input == null) return null;
  const number = (value: bigint | null | undefined) => (value == null ? null : Number(value));
  return {
    wallMs: input.wallMs ?? null,
    cpuMs: input.cpuMs ?? null,
    memoryBytes: number(input.memoryBytes),
    processes: input.processes ?? null,
    diskBytes: number(input.diskBytes),
    outputBytes: number(input.outputBytes),
    cpus: input.cpus ?? null,
  };
}

@ObjectType({ description: 'What this host has for programs, and what of it is taken.' })
export class ResourcePool {
  @Field(() => Float)
  cpusTotal!: number;
  @Field(() => Float)
  cpusInUse!: number;
  @Field(() => BigIntScalar)
  memoryBytesTotal!: number;
  @Field(() => BigIntScalar)
  memoryBytesInUse!: number;
  @Field(() => Int)
  running!: number;
  @Field(() => Int)
  queued!: number;
  @Field(() => Int)
  warm!: number;
}

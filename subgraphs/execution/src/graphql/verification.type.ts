import { Guard } from '@agentos/subgraph-kit';
import { Directive, Field, Float, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { RuntimeId } from '../domain/execution.js';
import { CaseStatusEnum, OutputMatchEnum, RuntimeIdEnum, VerdictEnum } from './enums.js';
import { FileInput } from './execution.input.js';
import { ExecutionType } from './execution.type.js';
import { ResourceLimitsInput } from './resources.type.js';

@ObjectType()
export class VerificationCase {
  @Field(() => String)
  name!: string;
  @Field(() => CaseStatusEnum)
  status!: string;
  @Field(() => String, { nullable: true })
  expected!: string | null;
  @Field(() => String, { nullable: true })
  actual!: string | null;
  @Field(() => String, { nullable: true })
  message!: string | null;
  @Field(() => Float)
  durationMs!: number;
}

@ObjectType()
export class PerformanceComparison {
  @Field(() => Float)
  meanMs!: number;
  @Field(() => Float)
  stdDevMs!: number;
  @Field(() => Float, { nullable: true })
  baselineMeanMs!: number | null;
  @Field(() => Float, { nullable: true })
  ratio!: number | null;
}

@ObjectType()
export class Attestation {
  @Field(() => String)
  payload!: string;
  @Field(() => String)
  signature!: string;
  @Field(() => String)
  keyId!: string;
}

@Directive('@key(fields: "id")')
@Guard('execution:read')
@ObjectType('Verification', { description: 'Does a suggested change do what it says? Evidence, not opinion.' })
export class VerificationType {
  @Field(() => ID)
  id!: string;
  @Field(() => VerdictEnum)
  verdict!: string;
  @Field(() => Float, { description: '0 to 1: how much the evidence weighs.' })
  confidence!: number;
  @Field(() => [VerificationCase])
  cases!: VerificationCase[];
  @Field(() => PerformanceComparison, {
    nullable: true,
    description: 'Mean and spread of the run times over `repetitions`, and against the baseline where one was given.',
  })
  performance!: PerformanceComparison | null;
  @Field(() => [String])
  securityFindings!: string[];
  @Field(() => [ExecutionType])
  executions!: ExecutionType[];
  @Field(() => Attestation, {
    description:
      "An Ed25519-signed statement of code hash, cases and verdict, that anyone can check with the service's public key.",
  })
  attestation!: Attestation;
}

@InputType()
export class VerificationCaseInput {
  @Field(() => String)
  name!: string;
  @Field(() => String, { nullable: true })
  stdin?: string | null;
  @Field(() => [String], { nullable: true })
  args?: string[] | null;
  @Field(() => String, { nullable: true })
  expectedStdout?: string | null;
  @Field(() => Int, { nullable: true, defaultValue: 0 })
  expectedExitCode?: number | null;
  @Field(() => OutputMatchEnum, { nullable: true, defaultValue: 'TRIMMED' })
  match?: string | null;
}

@InputType()
export class VerifyInput {
  @Field(() => RuntimeIdEnum)
  runtime!: RuntimeId;
  @Field(() => String)
  code!: string;
  @Field(() => [FileInput], { nullable: true, defaultValue: [] })
  files?: FileInput[] | null;
  @Field(() => [VerificationCaseInput], {
    nullable: true,
    defaultValue: [],
    description: 'Input and expected output, run one by one.',
  })
  cases?: VerificationCaseInput[] | null;
  @Field(() => String, {
    nullable: true,
    description: "A test program in the runtime's own test framework or plain asserts, run beside the code.",
  })
  testCode?: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'The code it would replace: outputs must agree on the cases, and times are compared.',
  })
  baselineCode?: string | null;
  @Field(() => Int, { nullable: true, defaultValue: 1 })
  repetitions?: number | null;
  @Field(() => ResourceLimitsInput, { nullable: true })
  limits?: ResourceLimitsInput | null;
  @Field(() => ID, { nullable: true })
  projectId?: string | null;
  @Field(() => ID, { nullable: true })
  agentId?: string | null;
}

import { DateTime, JSONScalar } from '@agentos/subgraph-kit';
import { Field, ID, InputType, Int } from 'type-graphql';

@InputType()
export class SubmitTaskInput {
  @Field(() => String)
  title!: string;
  @Field(() => JSONScalar, { nullable: true })
  payload?: unknown;
  @Field(() => [String], { nullable: true, defaultValue: [] })
  requiredCapabilities!: string[] | null;
  @Field(() => Int, { nullable: true, defaultValue: 0, description: 'Greater is more urgent.' })
  priority!: number | null;
  @Field(() => [ID], {
    nullable: true,
    defaultValue: [],
    description: 'Tasks that must have succeeded before; where one does not, this one is cancelled.',
  })
  dependsOn!: string[] | null;
  @Field(() => ID, { nullable: true })
  projectId?: string | null;
  @Field(() => Int, { nullable: true, defaultValue: 3 })
  maxAttempts!: number | null;
  @Field(() => DateTime, { nullable: true })
  notBefore?: Date | null;
  @Field(() => String, { nullable: true, description: 'The same key submits the same task once.' })
  idempotencyKey?: string | null;
}

@InputType()
export class ClaimTaskInput {
  @Field(() => ID)
  agentId!: string;
  @Field(() => [String], { nullable: true, description: 'Instead of those that the agent registered with.' })
  capabilities?: string[] | null;
  @Field(() => Int, { nullable: true, defaultValue: 30000 })
  leaseMs!: number | null;
  @Field(() => Int, { nullable: true, defaultValue: 0, description: 'At most a minute.' })
  waitMs!: number | null;
}

@InputType()
export class SendMessageInput {
  @Field(() => ID)
  fromAgentId!: string;
  @Field(() => ID, { nullable: true, description: 'To everyone where it is not given.' })
  toAgentId?: string | null;
  @Field(() => String)
  topic!: string;
  @Field(() => JSONScalar)
  body!: unknown;
}

import { Field, ID, InputType } from 'type-graphql';

@InputType()
export class RegisterAgentInput {
  @Field(() => String)
  name!: string;
  @Field(() => String, { nullable: true, defaultValue: 'agent' })
  kind!: string | null;
  @Field(() => [String], { nullable: true, defaultValue: [] })
  capabilities!: string[] | null;
}

@InputType()
export class StartSessionInput {
  @Field(() => ID)
  agentId!: string;
  @Field(() => ID, { nullable: true })
  projectId?: string | null;
  @Field(() => String, { nullable: true })
  title?: string | null;
}

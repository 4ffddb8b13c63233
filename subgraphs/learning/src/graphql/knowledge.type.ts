import { DateTime } from '@agentos/subgraph-kit';
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { MemoryReference } from './reference.type.js';

@ObjectType('ExtractedKnowledge')
export class ExtractedKnowledgeType {
  @Field(() => [MemoryReference])
  memories!: MemoryReference[];
  @Field(() => [String])
  entities!: string[];
  @Field(() => [String])
  decisions!: string[];
  @Field(() => [String])
  actionItems!: string[];
  @Field(() => Int)
  skipped!: number;
}

@InputType()
export class ConversationMessageInput {
  @Field(() => String)
  role!: string;
  @Field(() => String)
  content!: string;
  @Field(() => DateTime, { nullable: true })
  at?: Date | null;
}

@InputType()
export class ExtractKnowledgeInput {
  @Field(() => [ConversationMessageInput])
  messages!: ConversationMessageInput[];
  @Field(() => ID, { nullable: true })
  agentId?: string | null;
  @Field(() => ID, { nullable: true })
  sessionId?: string | null;
  @Field(() => ID, { nullable: true })
  projectId?: string | null;
  @Field(() => Boolean, { nullable: true, defaultValue: true })
  store!: boolean | null;
}

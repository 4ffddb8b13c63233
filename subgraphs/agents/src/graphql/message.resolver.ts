import { change, Guard } from '@agentos/subgraph-kit';
import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root, Subscription } from 'type-graphql';
import type { AgentMessage } from '../domain/message.js';
import type { MessageService } from '../service/message-service.js';
import { AgentType } from './agent.type.js';
import type { AgentsContext } from './loaders.js';
import { AgentMessageType } from './message.type.js';
import { SendMessageInput } from './task.input.js';

@Resolver(() => AgentMessageType)
export class MessageResolver {
  constructor(private readonly mailbox: MessageService) {}

  @Mutation(() => AgentMessageType)
  @Guard('agents:write')
  sendMessage(@Arg('input', () => SendMessageInput) input: SendMessageInput, @Ctx() ctx: AgentsContext) {
    return change(this.mailbox.send(ctx.request, { ...input, toAgentId: input.toAgentId ?? undefined }));
  }

  @Subscription(() => AgentMessageType, {
    description:
      'Messages to this agent, and to everyone, on the given topics; resume with the cursor of the last one seen.',
    subscribe: ({ args, context }) =>
      (context as AgentsContext).loaders.streams.messages({
        agentId: args['agentId'] as string,
        topics: (args['topics'] as string[] | null | undefined) ?? undefined,
        after: (args['after'] as string | null | undefined) ?? undefined,
      }),
  })
  @Guard('agents:read')
  messages(
    @Root() message: AgentMessage,
    @Arg('agentId', () => ID) _agentId: string,
    @Arg('topics', () => [String], { nullable: true }) _topics: string[] | null | undefined,
    @Arg('after', () => String, { nullable: true }) _after: string | null | undefined,
  ): AgentMessage {
    return message;
  }

  @FieldResolver(() => AgentType, { nullable: true })
  from(@Root() message: AgentMessage, @Ctx() ctx: AgentsContext) {
    return ctx.loaders.agent.load(message.fromAgentId);
  }

  @FieldResolver(() => AgentType, { nullable: true, description: 'Null: to everyone.' })
  to(@Root() message: AgentMessage, @Ctx() ctx: AgentsContext) {
    return message.toAgentId === null ? null : ctx.loaders.agent.load(message.toAgentId);
  }
}

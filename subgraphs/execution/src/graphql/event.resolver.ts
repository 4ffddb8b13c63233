import { Guard } from '@agentos/subgraph-kit';
import { Arg, Ctx, FieldResolver, ID, Int, Resolver, Root, Subscription } from 'type-graphql';
import { ExecutionEvent, ExecutionStatusChanged, type ShownEvent } from './event.type.js';
import { ExecuteInput } from './execution.input.js';
import { requestOf } from './execution.resolver.js';
import { ExecutionType } from './execution.type.js';
import type { ExecutionContext } from './loaders.js';

@Resolver(() => ExecutionStatusChanged)
export class ExecutionEventResolver {
  @Subscription(() => ExecutionEvent, {
    description:
      'Everything from event `after` on: what was already printed first, then what comes, until it has ended.',
    subscribe: ({ args, context }) =>
      (context as ExecutionContext).loaders.streams.events(
        args['executionId'] as string,
        (args['after'] as number | null) ?? -1,
      ),
  })
  @Guard('execution:read')
  executionEvents(
    @Root() event: ShownEvent,
    @Arg('executionId', () => ID) _executionId: string,
    @Arg('after', () => Int, { nullable: true, defaultValue: -1 }) _after: number | null,
  ): ShownEvent {
    return event;
  }

  @Subscription(() => ExecutionEvent, {
    description: 'Starts a run and streams it in one round trip.',
    subscribe: ({ args, context }) =>
      (context as ExecutionContext).loaders.streams.execute(requestOf(args['input'] as ExecuteInput)),
  })
  @Guard('execution:run')
  executeStream(@Root() event: ShownEvent, @Arg('input', () => ExecuteInput) _input: ExecuteInput): ShownEvent {
    return event;
  }

  @FieldResolver(() => ExecutionType)
  execution(@Root() event: ShownEvent, @Ctx() ctx: ExecutionContext) {
    return ctx.loaders.execution.load(event.executionId);
  }
}

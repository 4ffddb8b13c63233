import { BigIntScalar, change, Guard } from '@agentos/subgraph-kit';
import { Arg, Ctx, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import type { LockService } from '../service/lock-service.js';
import type { AgentsContext } from './loaders.js';
import { LockType } from './lock.type.js';

@Resolver(() => LockType)
export class LockResolver {
  constructor(private readonly locks: LockService) {}

  @Query(() => LockType, { nullable: true, description: 'Null where nobody holds it.' })
  @Guard('agents:read')
  lock(@Arg('name', () => String) name: string, @Ctx() ctx: AgentsContext) {
    return this.locks.find(ctx.request, name);
  }

  @Mutation(() => LockType, {
    nullable: true,
    description:
      'Null when `waitMs` (at most a minute) has passed and another still has it. Its holder prolongs it by taking it again.',
  })
  @Guard('agents:write')
  acquireLock(
    @Arg('name', () => String) name: string,
    @Arg('holder', () => ID) holder: string,
    @Arg('leaseMs', () => Int, { nullable: true, defaultValue: 30000 }) leaseMs: number | null,
    @Arg('waitMs', () => Int, { nullable: true, defaultValue: 0 }) waitMs: number | null,
    @Ctx() ctx: AgentsContext,
  ) {
    const request = { name, holder, leaseMs: leaseMs ?? 30_000, waitMs: waitMs ?? 0 };
    return change(this.locks.acquire(ctx.request, request));
  }

  @Mutation(() => Boolean, { description: 'True where it was held under this token; a stale one releases nothing.' })
  @Guard('agents:write')
  releaseLock(
    @Arg('name', () => String) name: string,
    @Arg('fencingToken', () => BigIntScalar) fencingToken: bigint,
    @Ctx() ctx: AgentsContext,
  ) {
    return change(() => this.locks.release(ctx.request, name, String(fencingToken)));
  }
}

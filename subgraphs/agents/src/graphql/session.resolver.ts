import { requireId } from '@agentos/kernel';
import { change, Guard } from '@agentos/subgraph-kit';
import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { Session } from '../domain/session.js';
import type { SessionService } from '../service/session-service.js';
import { StartSessionInput } from './agent.input.js';
import { AgentType } from './agent.type.js';
import type { AgentsContext } from './loaders.js';
import { ProjectReference } from './project.type.js';
import { SessionType } from './session.type.js';

@Resolver(() => SessionType)
export class SessionResolver {
  constructor(private readonly sessions: SessionService) {}

  @Query(() => SessionType, { nullable: true })
  @Guard('agents:read')
  session(@Arg('id', () => ID) id: string, @Ctx() ctx: AgentsContext) {
    return ctx.loaders.session.load(requireId(id, 'sess', 'id'));
  }

  @Mutation(() => SessionType)
  @Guard('agents:write')
  startSession(@Arg('input', () => StartSessionInput) input: StartSessionInput, @Ctx() ctx: AgentsContext) {
    return change(() =>
      this.sessions.start(ctx.request, {
        agentId: input.agentId,
        projectId: input.projectId ?? undefined,
        title: input.title ?? undefined,
      }),
    );
  }

  @Mutation(() => SessionType, { description: 'Ending a session that has ended changes nothing.' })
  @Guard('agents:write')
  endSession(@Arg('id', () => ID) id: string, @Ctx() ctx: AgentsContext) {
    return change(() => this.sessions.end(ctx.request, id));
  }

  @FieldResolver(() => AgentType)
  agent(@Root() session: Session, @Ctx() ctx: AgentsContext) {
    return ctx.loaders.agent.load(session.agentId);
  }

  @FieldResolver(() => ProjectReference, { nullable: true })
  project(@Root() session: Session) {
    return session.projectId === null ? null : { id: session.projectId };
  }
}

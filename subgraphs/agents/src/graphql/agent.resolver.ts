import { type Clock, requireId } from '@agentos/kernel';
import { change, Guard, toConnection } from '@agentos/subgraph-kit';
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type Agent, type AgentStatus, statusOf } from '../domain/agent.js';
import type { TaskState } from '../domain/task.js';
import type { AgentService } from '../service/agent-service.js';
import type { SessionService } from '../service/session-service.js';
import type { TaskService } from '../service/task-service.js';
import { RegisterAgentInput } from './agent.input.js';
import { AgentStatusEnum, AgentType } from './agent.type.js';
import type { AgentsContext } from './loaders.js';
import { SessionConnection } from './session.type.js';
import { TaskConnection, TaskStateEnum } from './task.type.js';

@Resolver(() => AgentType)
export class AgentResolver {
  constructor(
    private readonly agents: AgentService,
    private readonly sessions: SessionService,
    private readonly tasks: TaskService,
    private readonly clock: Clock,
  ) {}

  @Query(() => AgentType, { nullable: true })
  @Guard('agents:read')
  agent(@Arg('id', () => ID) id: string, @Ctx() ctx: AgentsContext) {
    return ctx.loaders.agent.load(requireId(id, 'agent', 'id'));
  }

  @Query(() => [AgentType], { name: 'agents', description: 'The newest first.' })
  @Guard('agents:read')
  async listAgents(
    @Ctx() ctx: AgentsContext,
    @Arg('capability', () => String, { nullable: true }) capability: string | null | undefined,
    @Arg('status', () => AgentStatusEnum, { nullable: true }) status: AgentStatus | null | undefined,
    @Arg('first', () => Int, { nullable: true, defaultValue: 50 }) first: number | null,
  ) {
    return this.agents.list(ctx.request, {
      capability: capability ?? undefined,
      status: status ?? undefined,
      first: first ?? 50,
    });
  }

  @Mutation(() => AgentType, { description: 'The same name registers the same agent again.' })
  @Guard('agents:write')
  registerAgent(@Arg('input', () => RegisterAgentInput) input: RegisterAgentInput, @Ctx() ctx: AgentsContext) {
    const registration = { name: input.name, kind: input.kind ?? 'agent', capabilities: input.capabilities ?? [] };
    return change(() => this.agents.register(ctx.request, registration));
  }

  @Mutation(() => AgentType, { description: 'Says that the agent is there; due every 30 seconds.' })
  @Guard('agents:write')
  heartbeat(@Arg('agentId', () => ID) agentId: string, @Ctx() ctx: AgentsContext) {
    return change(() => this.agents.heartbeat(ctx.request, agentId));
  }

  @Mutation(() => AgentType, { description: 'What the agent did stays; registering its name again brings it back.' })
  @Guard('agents:write')
  retireAgent(@Arg('agentId', () => ID) agentId: string, @Ctx() ctx: AgentsContext) {
    return change(() => this.agents.retire(ctx.request, agentId));
  }

  @FieldResolver(() => AgentStatusEnum)
  status(@Root() agent: Agent) {
    return statusOf(agent, this.clock.now());
  }

  @FieldResolver(() => SessionConnection, { name: 'sessions', description: 'The newest first.' })
  async listSessions(
    @Root() agent: Agent,
    @Ctx() ctx: AgentsContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ) {
    return toConnection(
      await this.sessions.page(ctx.request, { agentId: agent.id }, { first: first ?? 20, after: after ?? undefined }),
    );
  }

  @FieldResolver(() => TaskConnection, { name: 'tasks', description: 'Those it has claimed, the newest first.' })
  async listTasks(
    @Root() agent: Agent,
    @Ctx() ctx: AgentsContext,
    @Arg('states', () => [TaskStateEnum], { nullable: true }) states: TaskState[] | null | undefined,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ) {
    const filter = { assigneeId: agent.id, states: states ?? undefined };
    return toConnection(await this.tasks.page(ctx.request, filter, { first: first ?? 20, after: after ?? undefined }));
  }
}

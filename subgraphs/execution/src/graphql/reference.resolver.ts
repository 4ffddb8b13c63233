import { toConnection } from '@agentos/subgraph-kit';
import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import type { ExecutionService } from '../service/execution-service.js';
import { ExecutionConnection } from './execution.type.js';
import type { ExecutionContext } from './loaders.js';
import { AgentReference, ProjectReference } from './reference.type.js';

@Resolver(() => ProjectReference)
export class ProjectExecutionsResolver {
  constructor(private readonly executions: ExecutionService) {}

  @FieldResolver(() => ExecutionConnection, { name: 'executions', description: 'The newest first.' })
  async listExecutions(
    @Root() project: ProjectReference,
    @Ctx() ctx: ExecutionContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ) {
    return toConnection(await this.executions.page(ctx.request, { projectId: project.id }, { first, after }));
  }
}

@Resolver(() => AgentReference)
export class AgentExecutionsResolver {
  constructor(private readonly executions: ExecutionService) {}

  @FieldResolver(() => ExecutionConnection, { name: 'executions', description: 'The newest first.' })
  async listExecutions(
    @Root() agent: AgentReference,
    @Ctx() ctx: ExecutionContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ) {
    return toConnection(await this.executions.page(ctx.request, { agentId: agent.id }, { first, after }));
  }
}

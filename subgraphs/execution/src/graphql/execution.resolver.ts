import { requireId } from '@agentos/kernel';
import { change, Guard, toConnection } from '@agentos/subgraph-kit';
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { Execution } from '../domain/execution.js';
import type { ExecuteRequest, ExecutionService, PreparedExecution } from '../service/execution-service.js';
import type { RuntimeService } from '../service/runtime-service.js';
import { EnvironmentType } from './environment.type.js';
import { ExecuteInput, ExecutionFilterInput } from './execution.input.js';
import { Artifact, ExecutionConnection, ExecutionType, RuntimeType } from './execution.type.js';
import type { ExecutionContext } from './loaders.js';
import { AgentReference, ProjectReference, SessionReference } from './reference.type.js';
import { limitsOf, ResourcePool } from './resources.type.js';

export const requestOf = (input: ExecuteInput): ExecuteRequest => ({ ...input, limits: limitsOf(input.limits) });

/** How long `cancelExecution` waits for the end that it asked for, so that its answer shows it. */
const CANCEL_WAIT_MS = 5_000;

@Resolver(() => ExecutionType)
export class ExecutionResolver {
  constructor(
    private readonly executions: ExecutionService,
    private readonly runtimeService: RuntimeService,
  ) {}

  @Query(() => ExecutionType, { nullable: true })
  @Guard('execution:read')
  execution(@Arg('id', () => ID) id: string, @Ctx() ctx: ExecutionContext) {
    return ctx.loaders.execution.load(requireId(id, 'exec', 'id'));
  }

  @Query(() => ExecutionConnection, { name: 'executions', description: 'The newest first.' })
  @Guard('execution:read')
  async listExecutions(
    @Ctx() ctx: ExecutionContext,
    @Arg('filter', () => ExecutionFilterInput, { nullable: true }) filter: ExecutionFilterInput | null | undefined,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ) {
    if (filter?.environmentId) requireId(filter.environmentId, 'env', 'filter.environmentId');
    const page = await this.executions.page(
      ctx.request,
      {
        status: filter?.environmentId ? [] : (filter?.status ?? undefined), // no run has an environment yet
        runtime: filter?.runtime ?? undefined,
        agentId: filter?.agentId ?? undefined,
        projectId: filter?.projectId ?? undefined,
        sessionId: filter?.sessionId ?? undefined,
        createdAfter: filter?.createdAfter ?? undefined,
        createdBefore: filter?.createdBefore ?? undefined,
      },
      { first, after },
    );
    return toConnection(page);
  }

  @Query(() => [RuntimeType])
  @Guard('execution:read')
  runtimes() {
    return this.runtimeService.runtimes();
  }

  @Query(() => ResourcePool)
  @Guard('execution:read')
  resources() {
    return this.runtimeService.resources();
  }

  @Mutation(() => ExecutionType)
  @Guard('execution:run')
  execute(@Arg('input', () => ExecuteInput) input: ExecuteInput, @Ctx() ctx: ExecutionContext) {
    const request = requestOf(input);
    return change<PreparedExecution, Execution>({
      prepare: () => this.executions.prepare(ctx.request, request),
      commit: (prepared) => this.executions.accept(ctx.request, prepared),
      answer: ({ id }) => this.executions.wait(ctx.request, id, request.waitMs ?? 0),
    });
  }

  @Mutation(() => ExecutionType, {
    description: 'Ends a run in whatever phase it is; one that has ended stays as it is.',
  })
  @Guard('execution:run')
  cancelExecution(@Arg('id', () => ID) id: string, @Ctx() ctx: ExecutionContext) {
    return change<void, Execution>({
      commit: () => this.executions.requestCancel(ctx.request, id),
      answer: () => this.executions.wait(ctx.request, id, CANCEL_WAIT_MS),
    });
  }

  @Mutation(() => Boolean, { description: 'Gives a running program more standard input; `end` ends the input.' })
  @Guard('execution:run')
  sendInput(
    @Arg('executionId', () => ID) executionId: string,
    @Arg('text', () => String) text: string,
    @Ctx() ctx: ExecutionContext,
    @Arg('end', () => Boolean, { nullable: true, defaultValue: false }) end: boolean | null,
  ) {
    return change(async () => {
      await this.executions.sendInput(ctx.request, executionId, text, end ?? false);
      return true;
    });
  }

  @FieldResolver(() => String)
  async stdout(@Root() execution: Execution, @Ctx() ctx: ExecutionContext) {
    return (await ctx.loaders.output.load(execution)).stdout;
  }

  @FieldResolver(() => String)
  async stderr(@Root() execution: Execution, @Ctx() ctx: ExecutionContext) {
    return (await ctx.loaders.output.load(execution)).stderr;
  }

  @FieldResolver(() => [Artifact], {
    description: 'Rich results the program displayed: images, tables, HTML.',
  })
  artifacts() {
    return [];
  }

  @FieldResolver(() => EnvironmentType, { nullable: true })
  environment() {
    return null;
  }

  @FieldResolver(() => AgentReference, { nullable: true })
  agent(@Root() execution: Execution) {
    return execution.agentId === null ? null : { id: execution.agentId };
  }

  @FieldResolver(() => ProjectReference, { nullable: true })
  project(@Root() execution: Execution) {
    return execution.projectId === null ? null : { id: execution.projectId };
  }

  @FieldResolver(() => SessionReference, { nullable: true })
  session(@Root() execution: Execution) {
    return execution.sessionId === null ? null : { id: execution.sessionId };
  }
}

import { requireId } from '@agentos/kernel';
import { BigIntScalar, change, Guard, JSONScalar, toConnection } from '@agentos/subgraph-kit';
import { Arg, Ctx, FieldResolver, Float, ID, Int, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql';
import type { Task, TaskState } from '../domain/task.js';
import type { TaskClaims } from '../service/task-claims.js';
import type { TaskService } from '../service/task-service.js';
import { AgentType } from './agent.type.js';
import type { AgentsContext } from './loaders.js';
import { ProjectReference } from './project.type.js';
import { ClaimTaskInput, SubmitTaskInput } from './task.input.js';
import { TaskConnection, TaskLeaseType, TaskStateEnum, TaskType } from './task.type.js';

@Resolver(() => TaskType)
export class TaskResolver {
  constructor(
    private readonly tasks: TaskService,
    private readonly claims: TaskClaims,
  ) {}

  @Query(() => TaskType, { nullable: true })
  @Guard('agents:read')
  task(@Arg('id', () => ID) id: string, @Ctx() ctx: AgentsContext) {
    return ctx.loaders.task.load(requireId(id, 'task', 'id'));
  }

  @Query(() => TaskConnection, { name: 'tasks', description: 'The newest first.' })
  @Guard('agents:read')
  async listTasks(
    @Ctx() ctx: AgentsContext,
    @Arg('states', () => [TaskStateEnum], { nullable: true }) states: TaskState[] | null | undefined,
    @Arg('projectId', () => ID, { nullable: true }) projectId: string | null | undefined,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ) {
    const filter = { states: states ?? undefined, projectId: projectId ?? undefined };
    return toConnection(await this.tasks.page(ctx.request, filter, { first: first ?? 20, after: after ?? undefined }));
  }

  @Mutation(() => TaskType)
  @Guard('agents:write')
  submitTask(@Arg('input', () => SubmitTaskInput) input: SubmitTaskInput, @Ctx() ctx: AgentsContext) {
    const submission = {
      title: input.title,
      payload: input.payload,
      requiredCapabilities: input.requiredCapabilities ?? [],
      priority: input.priority ?? 0,
      dependsOn: input.dependsOn ?? [],
      projectId: input.projectId ?? undefined,
      maxAttempts: input.maxAttempts ?? 3,
      notBefore: input.notBefore ?? undefined,
      idempotencyKey: input.idempotencyKey ?? undefined,
    };
    return change(() => this.tasks.submit(ctx.request, submission));
  }

  @Mutation(() => TaskLeaseType, {
    nullable: true,
    description: 'The best ready task that fits, or null when `waitMs` has passed without one.',
  })
  @Guard('agents:write')
  claimTask(@Arg('input', () => ClaimTaskInput) input: ClaimTaskInput, @Ctx() ctx: AgentsContext) {
    const request = {
      agentId: input.agentId,
      capabilities: input.capabilities ?? undefined,
      leaseMs: input.leaseMs ?? 30_000,
      waitMs: input.waitMs ?? 0,
    };
    return change(this.claims.claim(ctx.request, request));
  }

  @Mutation(() => TaskLeaseType)
  @Guard('agents:write')
  renewLease(
    @Arg('taskId', () => ID) taskId: string,
    @Arg('fencingToken', () => BigIntScalar) fencingToken: bigint,
    @Arg('leaseMs', () => Int, { nullable: true, defaultValue: 30000 }) leaseMs: number | null,
    @Arg('progress', () => Float, { nullable: true }) progress: number | null | undefined,
    @Ctx() ctx: AgentsContext,
  ) {
    return change(() =>
      this.tasks.renew(ctx.request, taskId, String(fencingToken), leaseMs ?? 30_000, progress ?? undefined),
    );
  }

  @Mutation(() => TaskType, { description: 'Completing again with the same token changes nothing.' })
  @Guard('agents:write')
  completeTask(
    @Arg('taskId', () => ID) taskId: string,
    @Arg('fencingToken', () => BigIntScalar) fencingToken: bigint,
    @Arg('result', () => JSONScalar, { nullable: true }) result: unknown,
    @Ctx() ctx: AgentsContext,
  ) {
    return change(() => this.tasks.complete(ctx.request, taskId, String(fencingToken), result));
  }

  @Mutation(() => TaskType, {
    description: 'READY again while there are tries left, then DEAD; FAILED at once without `retry`.',
  })
  @Guard('agents:write')
  failTask(
    @Arg('taskId', () => ID) taskId: string,
    @Arg('fencingToken', () => BigIntScalar) fencingToken: bigint,
    @Arg('error', () => String) error: string,
    @Arg('retry', () => Boolean, { nullable: true, defaultValue: true }) retry: boolean | null,
    @Ctx() ctx: AgentsContext,
  ) {
    return change(() => this.tasks.fail(ctx.request, taskId, String(fencingToken), error, retry ?? true));
  }

  @Mutation(() => TaskType, { description: 'Tasks that depend on it are cancelled too.' })
  @Guard('agents:write')
  cancelTask(@Arg('taskId', () => ID) taskId: string, @Ctx() ctx: AgentsContext) {
    return change(() => this.tasks.cancel(ctx.request, taskId));
  }

  @Subscription(() => TaskType, {
    description: 'Each change from now on, with the task as it was right after it.',
    subscribe: ({ args, context }) =>
      (context as AgentsContext).loaders.streams.taskChanges({
        projectId: (args['projectId'] as string | null | undefined) ?? undefined,
        states: (args['states'] as TaskState[] | null | undefined) ?? undefined,
      }),
  })
  @Guard('agents:read')
  taskChanged(
    @Root() task: Task,
    @Arg('projectId', () => ID, { nullable: true }) _projectId: string | null | undefined,
    @Arg('states', () => [TaskStateEnum], { nullable: true }) _states: TaskState[] | null | undefined,
  ): Task {
    return task;
  }

  @FieldResolver(() => [TaskType])
  async dependsOn(@Root() task: Task, @Ctx() ctx: AgentsContext) {
    return (await ctx.loaders.task.loadMany(task.dependsOn)).filter((one) => one !== null);
  }

  @FieldResolver(() => AgentType, { nullable: true, description: 'Who has claimed it, or had it last.' })
  assignee(@Root() task: Task, @Ctx() ctx: AgentsContext) {
    return task.assigneeId === null ? null : ctx.loaders.agent.load(task.assigneeId);
  }

  @FieldResolver(() => ProjectReference, { nullable: true })
  project(@Root() task: Task) {
    return task.projectId === null ? null : { id: task.projectId };
  }
}

import { toConnection } from '@agentos/subgraph-kit';
import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import type { TaskState } from '../domain/task.js';
import type { SessionService } from '../service/session-service.js';
import type { TaskService } from '../service/task-service.js';
import type { AgentsContext } from './loaders.js';
import { ProjectReference } from './project.type.js';
import { SessionConnection } from './session.type.js';
import { TaskConnection, TaskStateEnum } from './task.type.js';

@Resolver(() => ProjectReference)
export class ProjectResolver {
  constructor(
    private readonly sessions: SessionService,
    private readonly tasks: TaskService,
  ) {}

  @FieldResolver(() => SessionConnection, { name: 'sessions', description: 'The newest first.' })
  async listSessions(
    @Root() project: ProjectReference,
    @Ctx() ctx: AgentsContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ) {
    return toConnection(
      await this.sessions.page(
        ctx.request,
        { projectId: project.id },
        { first: first ?? 20, after: after ?? undefined },
      ),
    );
  }

  @FieldResolver(() => TaskConnection, { name: 'tasks', description: 'The newest first.' })
  async listTasks(
    @Root() project: ProjectReference,
    @Ctx() ctx: AgentsContext,
    @Arg('states', () => [TaskStateEnum], { nullable: true }) states: TaskState[] | null | undefined,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ) {
    const filter = { projectId: project.id, states: states ?? undefined };
    return toConnection(await this.tasks.page(ctx.request, filter, { first: first ?? 20, after: after ?? undefined }));
  }
}

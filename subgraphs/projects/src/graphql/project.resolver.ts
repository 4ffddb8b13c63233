import { requireId } from '@agentos/kernel';
import { change, Guard, toConnection } from '@agentos/subgraph-kit';
import { Arg, Ctx, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import type { ProjectService } from '../service/project-service.js';
import type { ProjectsContext } from './loaders.js';
import { ProjectFileInput, RegisterProjectInput } from './project.input.js';
import { ProjectConnection, ProjectType } from './project.type.js';
import { sourceRequestOf } from './source-request.js';

@Resolver(() => ProjectType)
export class ProjectResolver {
  constructor(private readonly projects: ProjectService) {}

  @Query(() => ProjectType, { nullable: true })
  @Guard('projects:read')
  project(@Arg('id', () => ID) id: string, @Ctx() ctx: ProjectsContext) {
    return ctx.loaders.project.load(requireId(id, 'proj', 'id'));
  }

  @Query(() => ProjectConnection, { name: 'projects', description: 'The newest first.' })
  @Guard('projects:read')
  async listProjects(
    @Ctx() ctx: ProjectsContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ) {
    return toConnection(await this.projects.page(ctx.request, { first: first ?? 20, after: after ?? undefined }));
  }

  @Mutation(() => ProjectType, {
    description: 'Takes the files of exactly one source: inline, a folder, an archive or a Git repository.',
  })
  @Guard('projects:write')
  registerProject(@Arg('input', () => RegisterProjectInput) input: RegisterProjectInput, @Ctx() ctx: ProjectsContext) {
    const registration = {
      name: input.name,
      description: input.description ?? undefined,
      source: sourceRequestOf(input),
    };
    return change(this.projects.registration(ctx.request, registration));
  }

  @Mutation(() => ProjectType, { description: 'Adds or replaces files and removes others; the rest stays.' })
  @Guard('projects:write')
  updateProjectFiles(
    @Arg('projectId', () => ID) projectId: string,
    @Arg('files', () => [ProjectFileInput]) files: ProjectFileInput[],
    @Arg('removed', () => [String], { nullable: true, defaultValue: [] }) removed: string[] | null,
    @Ctx() ctx: ProjectsContext,
  ) {
    return change(this.projects.update(ctx.request, { projectId, files, removed: removed ?? [] }));
  }

  @Mutation(() => Boolean, { description: 'True where it was there; its files go with it.' })
  @Guard('projects:write')
  removeProject(@Arg('id', () => ID) id: string, @Ctx() ctx: ProjectsContext) {
    return change(() => this.projects.remove(ctx.request, id));
  }
}

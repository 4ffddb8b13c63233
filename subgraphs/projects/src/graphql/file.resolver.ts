import { toConnection } from '@agentos/subgraph-kit';
import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import type { Project } from '../domain/project.js';
import type { FileService } from '../service/file-service.js';
import { ProjectFileConnection, ProjectFileType } from './file.type.js';
import type { ProjectsContext } from './loaders.js';
import { ProjectType } from './project.type.js';

@Resolver(() => ProjectType)
export class ProjectFilesResolver {
  constructor(private readonly projectFiles: FileService) {}

  @FieldResolver(() => ProjectFileConnection, { description: 'By path; with `folder`, what is below it.' })
  async files(
    @Root() project: Project,
    @Ctx() ctx: ProjectsContext,
    @Arg('folder', () => String, { nullable: true }) folder: string | null | undefined,
    @Arg('first', () => Int, { nullable: true, defaultValue: 100 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ) {
    const request = { folder: folder ?? undefined, first: first ?? 100, after: after ?? undefined };
    return toConnection(await this.projectFiles.page(ctx.request, project.id, request));
  }

  @FieldResolver(() => ProjectFileType, { nullable: true })
  file(@Root() project: Project, @Ctx() ctx: ProjectsContext, @Arg('path', () => String) path: string) {
    return this.projectFiles.find(ctx.request, project.id, path);
  }
}

@Resolver(() => ProjectFileType)
export class FileTextResolver {
  @FieldResolver(() => String, {
    nullable: true,
    description: 'Null for a binary file and one above 4 MiB; one operation reads at most 16 MiB.',
  })
  text(@Root() file: Parameters<ProjectsContext['loaders']['fileText']>[0], @Ctx() ctx: ProjectsContext) {
    return ctx.loaders.fileText(file);
  }
}

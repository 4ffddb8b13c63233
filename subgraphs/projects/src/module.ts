import type { RequestContext } from '@agentos/kernel';
import type { Platform } from '@agentos/platform';
import { buildSubgraph, type SubgraphModule } from '@agentos/subgraph-kit';
import {
  AnalysisProjectResolver,
  AnalysisResolver,
  DependencyGraphResolver,
  QualityReportResolver,
} from './graphql/analysis.resolver.js';
import { FileTextResolver, ProjectFilesResolver } from './graphql/file.resolver.js';
import { createLoaders, type ProjectsContext } from './graphql/loaders.js';
import { ProjectResolver } from './graphql/project.resolver.js';
import { FileService } from './service/file-service.js';
import { PackService } from './service/pack-service.js';
import { ProjectService } from './service/project-service.js';
import { Turnstile } from './service/turnstile.js';
import { createSourceReader } from './sources/read-source.js';

const sweepMs = 3_600_000; // 1 hour

/** Code bases: where they come from, what they are made of. */
export function createProjectsModule(platform: Platform): SubgraphModule {
  const packs = new PackService(platform.db, platform.blobs, platform.logger);
  const projects = new ProjectService(
    platform.db,
    platform.outbox,
    platform.clock,
    packs,
    createSourceReader(platform.config),
    new Turnstile(4, 100),
  );
  const files = new FileService(platform.db, packs);
  const built = buildSubgraph(
    {
      name: 'projects',
      resolvers: [
        ProjectResolver,
        ProjectFilesResolver,
        FileTextResolver,
        AnalysisResolver,
        AnalysisProjectResolver,
        DependencyGraphResolver,
        QualityReportResolver,
      ],
      container: new Map<unknown, unknown>([
        [ProjectResolver, new ProjectResolver(projects)],
        [ProjectFilesResolver, new ProjectFilesResolver(files)],
        [FileTextResolver, new FileTextResolver()],
        [AnalysisResolver, new AnalysisResolver()],
        [AnalysisProjectResolver, new AnalysisProjectResolver()],
        [DependencyGraphResolver, new DependencyGraphResolver()],
        [QualityReportResolver, new QualityReportResolver()],
      ]),
      references: {
        Project: ({ id }, { loaders }: ProjectsContext) => loaders.project.load(id),
        Analysis: () => null,
      },
    },
    platform,
  );
  let sweep: NodeJS.Timeout | undefined;
  return {
    ...built,
    loaders: (request: RequestContext) => createLoaders(request, projects, files),
    start: async () => {
      packs.sweepSoon();
      sweep = setInterval(() => packs.sweepSoon(), sweepMs);
      sweep.unref();
    },
    stop: async () => {
      clearInterval(sweep);
      await packs.settled();
    },
  };
}

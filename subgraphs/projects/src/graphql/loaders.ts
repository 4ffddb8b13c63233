import type { RequestContext } from '@agentos/kernel';
import { loaderById, type SubgraphContext } from '@agentos/subgraph-kit';
import type { FileService } from '../service/file-service.js';
import type { ProjectService } from '../service/project-service.js';

export function createLoaders(request: RequestContext, projects: ProjectService, files: FileService) {
  return { project: loaderById((ids) => projects.findByIds(request, ids)), fileText: files.textReader(request) };
}

export type ProjectsContext = SubgraphContext<ReturnType<typeof createLoaders>>;

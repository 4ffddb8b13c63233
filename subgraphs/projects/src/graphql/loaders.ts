import type { RequestContext } from '@agentos/kernel';
import { loaderById, type SubgraphContext } from '@agentos/subgraph-kit';
import type { ProjectService } from '../service/project-service.js';

export function createLoaders(request: RequestContext, projects: ProjectService) {
  return { project: loaderById((ids) => projects.findByIds(request, ids)) };
}

export type ProjectsContext = SubgraphContext<ReturnType<typeof createLoaders>>;

import type { RequestContext } from '@agentos/kernel';
import { loaderById, type SubgraphContext } from '@agentos/subgraph-kit';
import type { DatasetService } from '../service/dataset-service.js';

export function createLoaders(request: RequestContext, datasets: DatasetService) {
  return { dataset: loaderById((ids) => datasets.findByIds(request, ids)) };
}

export type LearningContext = SubgraphContext<ReturnType<typeof createLoaders>>;

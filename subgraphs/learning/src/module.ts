import type { RequestContext } from '@agentos/kernel';
import type { Platform } from '@agentos/platform';
import { buildSubgraph, type SubgraphModule } from '@agentos/subgraph-kit';
import { DatasetResolver } from './graphql/dataset.resolver.js';
import { ExperimentResolver, StudyResolver } from './graphql/experiment.resolver.js';
import { createLoaders, type LearningContext } from './graphql/loaders.js';
import { ModelResolver } from './graphql/model.resolver.js';
import { PatternResolver, ProjectPatternsResolver } from './graphql/pattern.resolver.js';
import { PerformanceResolver } from './graphql/performance.resolver.js';
import { DatasetService } from './service/dataset-service.js';
import { PerformanceService } from './service/performance-service.js';

/** Data in, patterns and models out. */
export function createLearningModule(platform: Platform): SubgraphModule {
  const datasets = new DatasetService(platform.db, platform.clock);
  const performance = new PerformanceService(platform.db, platform.clock);
  const none = () => null;
  const built = buildSubgraph(
    {
      name: 'learning',
      resolvers: [
        DatasetResolver,
        PerformanceResolver,
        PatternResolver,
        ProjectPatternsResolver,
        ModelResolver,
        ExperimentResolver,
        StudyResolver,
      ],
      container: new Map<unknown, unknown>([
        [DatasetResolver, new DatasetResolver(datasets)],
        [PerformanceResolver, new PerformanceResolver(performance)],
        [PatternResolver, new PatternResolver()],
        [ProjectPatternsResolver, new ProjectPatternsResolver()],
        [ModelResolver, new ModelResolver()],
        [ExperimentResolver, new ExperimentResolver()],
        [StudyResolver, new StudyResolver()],
      ]),
      references: {
        Dataset: ({ id }, { loaders }: LearningContext) => loaders.dataset.load(id),
        Project: ({ id }) => ({ id }),
        Pattern: none,
        Model: none,
        TrainingJob: none,
        Experiment: none,
        Study: none,
      },
    },
    platform,
  );
  return {
    ...built,
    loaders: (request: RequestContext) => createLoaders(request, datasets),
    start: async () => {},
    stop: async () => {},
  };
}

import type { Persistence } from '@agentos/platform';
import { datasetEntity, learningMigration } from './store/learning-schema.js';

export { createLearningModule } from './module.js';

export const learningPersistence: Persistence = {
  entities: [datasetEntity],
  migrations: [learningMigration],
};

import type { Persistence } from '@agentos/platform';
import { projectEntity, projectsMigration } from './store/projects-schema.js';

export { createProjectsModule } from './module.js';

export const projectsPersistence: Persistence = {
  entities: [projectEntity],
  migrations: [projectsMigration],
};

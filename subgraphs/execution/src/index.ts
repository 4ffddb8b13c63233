import type { Persistence } from '@agentos/platform';
import { executionEntity, executionMigration } from './store/execution-schema.js';

export { createExecutionModule, type ExecutionModuleOptions } from './module.js';

export const executionPersistence: Persistence = {
  entities: [executionEntity],
  migrations: [executionMigration],
};

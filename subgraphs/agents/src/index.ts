import type { Persistence } from '@agentos/platform';
import { agentEntity, agentsMigration, sessionEntity } from './store/agents-schema.js';
import { coordinationMigration, taskEntity } from './store/coordination-schema.js';

export { createAgentsModule } from './module.js';

export const agentsPersistence: Persistence = {
  entities: [agentEntity, sessionEntity, taskEntity],
  migrations: [agentsMigration, coordinationMigration],
};

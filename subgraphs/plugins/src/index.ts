import type { Persistence } from '@agentos/platform';

export { createPluginsModule } from './module.js';

export const pluginsPersistence: Persistence = { entities: [], migrations: [] };

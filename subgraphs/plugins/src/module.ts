import type { Platform } from '@agentos/platform';
import { buildSubgraph, type SubgraphModule } from '@agentos/subgraph-kit';
import { PluginResolver } from './graphql/plugin.resolver.js';

/** How others extend the system without changing it. */
export function createPluginsModule(platform: Platform): SubgraphModule {
  const built = buildSubgraph(
    {
      name: 'plugins',
      resolvers: [PluginResolver],
      container: new Map<unknown, unknown>([[PluginResolver, new PluginResolver()]]),
      references: { Plugin: () => null },
    },
    platform,
  );
  return { ...built, loaders: () => ({}), start: async () => {}, stop: async () => {} };
}

import type { Persistence, Platform } from '@agentos/platform';
import type { SubgraphModule } from '@agentos/subgraph-kit';

/** A subgraph as the runtime starts it, in this process or alone in one. */
export interface SubgraphEntry {
  readonly persistence: Persistence;
  create(platform: Platform): SubgraphModule | Promise<SubgraphModule>;
}

export const subgraphNames = ['security', 'agents', 'projects', 'memory', 'execution', 'learning', 'plugins'] as const;
export type SubgraphName = (typeof subgraphNames)[number];

/** Imported when chosen: a process that runs one subgraph loads no other. */
export async function loadSubgraph(name: SubgraphName): Promise<SubgraphEntry> {
  switch (name) {
    case 'security': {
      const { securityPersistence, createSecurityModule } = await import('@agentos/security');
      return { persistence: securityPersistence, create: createSecurityModule };
    }
    case 'agents': {
      const { agentsPersistence, createAgentsModule } = await import('@agentos/agents');
      return { persistence: agentsPersistence, create: createAgentsModule };
    }
    case 'projects': {
      const { projectsPersistence, createProjectsModule } = await import('@agentos/projects');
      return { persistence: projectsPersistence, create: createProjectsModule };
    }
    case 'memory': {
      const { memoryPersistence, createMemoryModule } = await import('@agentos/memory');
      return { persistence: memoryPersistence, create: createMemoryModule };
    }
    case 'execution': {
      const { executionPersistence, createExecutionModule } = await import('@agentos/execution');
      return { persistence: executionPersistence, create: createExecutionModule };
    }
    case 'learning': {
      const { learningPersistence, createLearningModule } = await import('@agentos/learning');
      return { persistence: learningPersistence, create: createLearningModule };
    }
    case 'plugins': {
      const { pluginsPersistence, createPluginsModule } = await import('@agentos/plugins');
      return { persistence: pluginsPersistence, create: createPluginsModule };
    }
  }
}

import type { RequestContext } from '@agentos/kernel';
import type { Platform } from '@agentos/platform';
import { buildSubgraph, type SubgraphModule } from '@agentos/subgraph-kit';
import { AgentResolver } from './graphql/agent.resolver.js';
import { type AgentsContext, createLoaders } from './graphql/loaders.js';
import { ProjectSessionsResolver, SessionResolver } from './graphql/session.resolver.js';
import { AgentService } from './service/agent-service.js';
import { SessionService } from './service/session-service.js';

/** Who the agents are and their sessions. */
export function createAgentsModule(platform: Platform): SubgraphModule {
  const agents = new AgentService(platform.db, platform.clock);
  const sessions = new SessionService(platform.db, platform.clock);
  const built = buildSubgraph(
    {
      name: 'agents',
      resolvers: [AgentResolver, SessionResolver, ProjectSessionsResolver],
      container: new Map<unknown, unknown>([
        [AgentResolver, new AgentResolver(agents, sessions, platform.clock)],
        [SessionResolver, new SessionResolver(sessions)],
        [ProjectSessionsResolver, new ProjectSessionsResolver(sessions)],
      ]),
      references: {
        Agent: ({ id }, { loaders }: AgentsContext) => loaders.agent.load(id),
        Session: ({ id }, { loaders }: AgentsContext) => loaders.session.load(id),
        Project: ({ id }) => ({ id }),
      },
    },
    platform,
  );
  return {
    ...built,
    loaders: (request: RequestContext) => createLoaders(request, agents, sessions),
    start: async () => {},
    stop: async () => {},
  };
}

import type { RequestContext } from '@agentos/kernel';
import { loaderById, type SubgraphContext } from '@agentos/subgraph-kit';
import type { AgentService } from '../service/agent-service.js';
import type { SessionService } from '../service/session-service.js';

export function createLoaders(request: RequestContext, agents: AgentService, sessions: SessionService) {
  return {
    agent: loaderById((ids) => agents.findByIds(request, ids)),
    session: loaderById((ids) => sessions.findByIds(request, ids)),
  };
}

export type AgentsContext = SubgraphContext<ReturnType<typeof createLoaders>>;

import type { RequestContext } from '@agentos/kernel';
import type { Platform } from '@agentos/platform';
import { buildSubgraph, type SubgraphModule } from '@agentos/subgraph-kit';
import { AgentResolver } from './graphql/agent.resolver.js';
import { type AgentsContext, createLoaders } from './graphql/loaders.js';
import { LockResolver } from './graphql/lock.resolver.js';
import { MessageResolver } from './graphql/message.resolver.js';
import { ProjectResolver } from './graphql/project.resolver.js';
import { SessionResolver } from './graphql/session.resolver.js';
import { TaskResolver } from './graphql/task.resolver.js';
import { AgentService } from './service/agent-service.js';
import { createLeaseSweeper } from './service/lease-sweeper.js';
import { LockService } from './service/lock-service.js';
import { MessageService } from './service/message-service.js';
import { SessionService } from './service/session-service.js';
import { TaskClaims } from './service/task-claims.js';
import { TaskService } from './service/task-service.js';

/** Who the agents are, their sessions, and how they work together. */
export function createAgentsModule(platform: Platform): SubgraphModule {
  const { db, bus, outbox, clock, logger } = platform;
  const agents = new AgentService(db, clock);
  const sessions = new SessionService(db, clock);
  const tasks = new TaskService(db, outbox, clock);
  const claims = new TaskClaims(db, bus, outbox, tasks);
  const locks = new LockService(db, bus, outbox);
  const messages = new MessageService(db, outbox, clock);
  const built = buildSubgraph(
    {
      name: 'agents',
      resolvers: [AgentResolver, SessionResolver, ProjectResolver, TaskResolver, LockResolver, MessageResolver],
      container: new Map<unknown, unknown>([
        [AgentResolver, new AgentResolver(agents, sessions, tasks, clock)],
        [SessionResolver, new SessionResolver(sessions)],
        [ProjectResolver, new ProjectResolver(sessions, tasks)],
        [TaskResolver, new TaskResolver(tasks, claims)],
        [LockResolver, new LockResolver(locks)],
        [MessageResolver, new MessageResolver(messages)],
      ]),
      references: {
        Agent: ({ id }, { loaders }: AgentsContext) => loaders.agent.load(id),
        Session: ({ id }, { loaders }: AgentsContext) => loaders.session.load(id),
        Task: ({ id }, { loaders }: AgentsContext) => loaders.task.load(id),
        Project: ({ id }) => ({ id }),
      },
    },
    platform,
  );
  const sweeper = createLeaseSweeper(tasks, locks, logger);
  return {
    ...built,
    loaders: (request: RequestContext) => createLoaders(request, { agents, sessions, tasks, messages }),
    start: async () => sweeper.start(),
    stop: () => sweeper.stop(),
  };
}

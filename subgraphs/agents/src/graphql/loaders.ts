import type { RequestContext } from '@agentos/kernel';
import { loaderById, type SubgraphContext } from '@agentos/subgraph-kit';
import type { AgentService } from '../service/agent-service.js';
import type { Inbox, MessageService } from '../service/message-service.js';
import type { SessionService } from '../service/session-service.js';
import type { TaskFilter, TaskService } from '../service/task-service.js';

export interface Services {
  readonly agents: AgentService;
  readonly sessions: SessionService;
  readonly tasks: TaskService;
  readonly messages: MessageService;
}

/** What one operation needs of the services: batched look-ups, and streams, which type-graphql asks for without the resolver. */
export function createLoaders(request: RequestContext, { agents, sessions, tasks, messages }: Services) {
  return {
    agent: loaderById((ids) => agents.findByIds(request, ids)),
    session: loaderById((ids) => sessions.findByIds(request, ids)),
    task: loaderById((ids) => tasks.findByIds(request, ids)),
    streams: {
      taskChanges: (filter: TaskFilter) => tasks.changes(request, filter),
      messages: (inbox: Inbox) => messages.receive(request, inbox),
    },
  };
}

export type AgentsContext = SubgraphContext<ReturnType<typeof createLoaders>>;

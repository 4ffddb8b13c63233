import {
  type Clock,
  conflict,
  newId,
  notFound,
  type Page,
  pageSize,
  type RequestContext,
  requireId,
  requireText,
} from '@agentos/kernel';
import type { Database } from '@agentos/platform';
import type { Session } from '../domain/session.js';
import { agentStore } from '../store/agent-store.js';
import { sessionStore } from '../store/session-store.js';

export interface SessionStart {
  readonly agentId: string;
  readonly projectId?: string | undefined;
  readonly title?: string | undefined;
}

export class SessionService {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  /** @throws AgentOSError NOT_FOUND where there is no such agent; CONFLICT where it has been retired */
  async start(ctx: RequestContext, input: SessionStart): Promise<Session> {
    requireId(input.agentId, 'agent', 'input.agentId');
    if (input.projectId !== undefined) requireId(input.projectId, 'proj', 'input.projectId');
    if (input.title !== undefined) requireText(input.title, 'input.title', { max: 500 });
    return this.db.transaction(ctx, async (manager) => {
      const [agent] = await agentStore.findByIds(manager, [input.agentId]);
      if (agent === undefined) throw notFound('agent', input.agentId);
      if (agent.retiredAt !== null) throw conflict(`Agent ${agent.name} has been retired; register it again first.`);
      return sessionStore.insert(manager, {
        id: newId('sess'),
        tenantId: ctx.tenantId,
        agentId: agent.id,
        projectId: input.projectId ?? null,
        title: input.title ?? null,
        startedAt: this.clock.now(),
        endedAt: null,
      });
    });
  }

  /** Ending a session that has ended changes nothing. */
  async end(ctx: RequestContext, id: string): Promise<Session> {
    requireId(id, 'sess', 'id');
    return this.db.transaction(ctx, async (manager) => {
      const session = await sessionStore.end(manager, id, this.clock.now());
      if (session === null) throw notFound('session', id);
      return session;
    });
  }

  findByIds(ctx: RequestContext, ids: readonly string[]): Promise<Session[]> {
    return this.db.read(ctx, (manager) => sessionStore.findByIds(manager, ids));
  }

  page(
    ctx: RequestContext,
    of: { agentId: string } | { projectId: string },
    request: { first: number; after?: string | undefined },
  ): Promise<Page<Session>> {
    const first = pageSize(request.first);
    return this.db.read(ctx, (manager) => sessionStore.page(manager, { of, ...request, first }));
  }
}

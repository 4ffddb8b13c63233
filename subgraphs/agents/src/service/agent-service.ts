import {
  badInput,
  type Clock,
  newId,
  notFound,
  pageSize,
  type RequestContext,
  requireId,
  requireText,
} from '@agentos/kernel';
import type { Database } from '@agentos/platform';
import type { Agent, AgentStatus } from '../domain/agent.js';
import { agentStore } from '../store/agent-store.js';

export interface AgentRegistration {
  readonly name: string;
  readonly kind: string;
  readonly capabilities: readonly string[];
}

export class AgentService {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  /** The same name registers the same agent again, with what is given now. */
  register(ctx: RequestContext, input: AgentRegistration): Promise<Agent> {
    const now = this.clock.now();
    const name = requireText(input.name, 'input.name', { min: 1, max: 200 });
    const kind = requireText(input.kind, 'input.kind', { min: 1, max: 100 });
    if (input.capabilities.length > 100) throw badInput('An agent has at most 100 capabilities.', 'input.capabilities');
    const capabilities = [
      ...new Set(input.capabilities.map((one) => requireText(one, 'input.capabilities', { min: 1, max: 100 }))),
    ];
    return this.db.transaction(ctx, (manager) =>
      agentStore.upsert(manager, {
        id: newId('agent'),
        tenantId: ctx.tenantId,
        name,
        kind,
        capabilities,
        lastSeenAt: now,
        retiredAt: null,
        createdAt: now,
      }),
    );
  }

  findByIds(ctx: RequestContext, ids: readonly string[]): Promise<Agent[]> {
    return this.db.read(ctx, (manager) => agentStore.findByIds(manager, ids));
  }

  list(
    ctx: RequestContext,
    filter: { capability?: string | undefined; status?: AgentStatus | undefined; first: number },
  ): Promise<Agent[]> {
    const first = pageSize(filter.first);
    if (filter.capability !== undefined) requireText(filter.capability, 'capability', { max: 100 });
    return this.db.read(ctx, (manager) => agentStore.list(manager, filter, this.clock.now(), first));
  }

  /** @throws AgentOSError NOT_FOUND */
  async heartbeat(ctx: RequestContext, agentId: string): Promise<Agent> {
    requireId(agentId, 'agent', 'agentId');
    return this.db.transaction(ctx, async (manager) => {
      const agent = await agentStore.update(manager, agentId, { lastSeenAt: this.clock.now() });
      if (agent === null) throw notFound('agent', agentId);
      return agent;
    });
  }

  /** What it did stays; registering its name again brings it back. */
  async retire(ctx: RequestContext, agentId: string): Promise<Agent> {
    requireId(agentId, 'agent', 'agentId');
    return this.db.transaction(ctx, async (manager) => {
      const agent = await agentStore.update(manager, agentId, { retiredAt: this.clock.now() });
      if (agent === null) throw notFound('agent', agentId);
      return agent;
    });
  }
}

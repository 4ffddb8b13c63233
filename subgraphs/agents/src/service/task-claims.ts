import { badInput, conflict, notFound, type RequestContext, requireId, requireText } from '@agentos/kernel';
import type { Bus, Database, Outbox } from '@agentos/platform';
import { requireLeaseMs, requireWaitMs } from '../domain/lease.js';
import type { TaskLease } from '../domain/task.js';
import { agentStore } from '../store/agent-store.js';
import { taskStore } from '../store/task-store.js';
import { type TaskService, tasksTopic, tellOf } from './task-service.js';
import { tryUntil } from './wait.js';

export interface ClaimRequest {
  readonly agentId: string;
  /** @default those that the agent registered with */
  readonly capabilities?: readonly string[] | undefined;
  readonly leaseMs: number;
  readonly waitMs: number;
}

/** Hands out tasks, each to one agent at a time. */
export class TaskClaims {
  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly outbox: Outbox,
    private readonly tasks: TaskService,
  ) {}

  /**
   * Claims the best task that fits, in phases: the claim is made before the transaction of the change, where waiting
   * holds nothing up. A crash in between leaves a claim that nobody knows of, which ends with its lease as any other.
   * @throws AgentOSError NOT_FOUND; CONFLICT where the agent has been retired
   */
  claim(ctx: RequestContext, request: ClaimRequest) {
    let claimed: TaskLease | null = null;
    let isTaken = false;
    return {
      prepare: async () => {
        claimed = await this.#claimWithin(ctx, request);
        return claimed;
      },
      commit: async (lease: TaskLease | null) => {
        isTaken = true;
        return lease;
      },
      // A repeated request has its first claim, so the one just made goes back.
      answer: async (lease: TaskLease | null) => {
        if (claimed !== null && !isTaken) await this.#giveBack(ctx, claimed);
        return lease;
      },
    };
  }

  async #claimWithin(ctx: RequestContext, request: ClaimRequest): Promise<TaskLease | null> {
    const leaseMs = requireLeaseMs(request.leaseMs, 'input.leaseMs');
    const waitMs = requireWaitMs(request.waitMs, 'input.waitMs');
    const agentId = requireId(request.agentId, 'agent', 'input.agentId');
    if ((request.capabilities?.length ?? 0) > 100)
      throw badInput('An agent has at most 100 capabilities.', 'input.capabilities');
    for (const one of request.capabilities ?? []) requireText(one, 'input.capabilities', { min: 1, max: 100 });
    const [agent] = await this.db.read(ctx, (manager) => agentStore.findByIds(manager, [agentId]));
    if (agent === undefined) throw notFound('agent', agentId);
    if (agent.retiredAt !== null) throw conflict(`Agent ${agent.name} has been retired; register it again first.`);
    const capabilities = request.capabilities ?? agent.capabilities;
    return tryUntil(this.bus, ctx, { topic: tasksTopic, type: 'ready', waitMs, pollMs: 1000 }, () =>
      this.#claimOne(ctx, { agentId, capabilities, leaseMs }),
    );
  }

  #claimOne(
    ctx: RequestContext,
    claim: { agentId: string; capabilities: readonly string[]; leaseMs: number },
  ): Promise<TaskLease | null> {
    return this.db.transaction(ctx, async (manager) => {
      await this.tasks.expireLeases(ctx);
      const task = await taskStore.claim(manager, claim);
      if (task === null) return null;
      await tellOf(this.outbox, manager, ctx, [task]);
      return { task, fencingToken: task.fencingToken, expiresAt: task.leaseExpiresAt as Date };
    });
  }

  async #giveBack(ctx: RequestContext, lease: TaskLease): Promise<void> {
    await this.db.transaction(ctx, async (manager) => {
      if (!(await taskStore.unclaim(manager, lease.task.id, lease.fencingToken))) return;
      await tellOf(this.outbox, manager, ctx, await taskStore.findByIds(manager, [lease.task.id]));
    });
  }
}

import { createHash } from 'node:crypto';
import {
  badInput,
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
import type { Database, NewEvent, Outbox } from '@agentos/platform';
import type { EntityManager } from 'typeorm';
import { requireJson } from '../domain/json-size.js';
import { requireLeaseMs } from '../domain/lease.js';
import { afterFailedTry, isFinal, type Task, type TaskLease, type TaskState } from '../domain/task.js';
import { taskStore } from '../store/task-store.js';

type Tenant = Pick<RequestContext, 'tenantId' | 'traceId'>;

export interface TaskSubmission {
  readonly title: string;
  readonly payload?: unknown;
  readonly requiredCapabilities: readonly string[];
  readonly priority: number;
  readonly dependsOn: readonly string[];
  readonly projectId?: string | undefined;
  readonly maxAttempts: number;
  readonly notBefore?: Date | undefined;
  readonly idempotencyKey?: string | undefined;
}

export interface TaskFilter {
  readonly states?: readonly TaskState[] | undefined;
  readonly projectId?: string | undefined;
  readonly assigneeId?: string | undefined;
}

/** What changes in a task's life, as its events carry it. */
type TaskSnapshot = Pick<Task, 'id' | 'projectId' | 'state' | 'assigneeId' | 'attempts' | 'progress' | 'error'> & {
  readonly leaseExpiresAt: string | null;
  readonly finishedAt: string | null;
};

export const tasksTopic = 'tasks';
const payloadLength = 1_000_000;

/** Submitting tasks and ending them; `TaskClaims` hands them out. */
export class TaskService {
  constructor(
    private readonly db: Database,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws AgentOSError NOT_FOUND for a dependency that is not there; CONFLICT where one can no longer succeed, or the
   * idempotency key was used for another task
   */
  async submit(ctx: RequestContext, input: TaskSubmission): Promise<Task> {
    const task = this.#taskOf(ctx, input);
    const { idempotencyKey: key = null, ...rest } = input;
    if (key !== null) requireText(key, 'input.idempotencyKey', { min: 1, max: 200 });
    const fingerprint = createHash('sha256').update(JSON.stringify(rest)).digest('hex');
    return this.db.transaction(ctx, async (manager) => {
      const states = await taskStore.lockStates(manager, task.dependsOn);
      for (const id of task.dependsOn) {
        const state = states.get(id);
        if (state === undefined) throw notFound('task', id);
        if (isFinal(state) && state !== 'SUCCEEDED')
          throw conflict(`The task ${id}, which this one depends on, has ended as ${state}.`);
      }
      const isReady = task.dependsOn.every((id) => states.get(id) === 'SUCCEEDED');
      const kept = await taskStore.insert(
        manager,
        { ...task, state: isReady ? 'READY' : 'BLOCKED' },
        { key, fingerprint },
      );
      if (kept.fingerprint !== fingerprint) throw conflict('This idempotencyKey was used before for another task.');
      if (kept.task.id === task.id) await this.#tell(manager, ctx, [kept.task]);
      return kept.task;
    });
  }

  /** @throws AgentOSError NOT_FOUND; CONFLICT where the claim has ended or another has the task */
  async renew(
    ctx: RequestContext,
    id: string,
    fencingToken: string,
    leaseMs: number,
    progress: number | undefined,
  ): Promise<TaskLease> {
    requireLeaseMs(leaseMs, 'leaseMs');
    if (progress !== undefined && !(progress >= 0 && progress <= 1))
      throw badInput('progress must be between 0 and 1.', 'progress');
    return this.db.transaction(ctx, async (manager) => {
      await this.#claimed(manager, id, fencingToken);
      const task = await taskStore.renew(manager, id, leaseMs, progress);
      if (progress !== undefined) await this.#tell(manager, ctx, [task]);
      return { task, fencingToken, expiresAt: task.leaseExpiresAt as Date };
    });
  }

  /** Completing again with the same token changes nothing. @throws AgentOSError NOT_FOUND; CONFLICT as `renew` */
  async complete(ctx: RequestContext, id: string, fencingToken: string, result: unknown): Promise<Task> {
    const kept = requireJson(result, 'result', payloadLength);
    return this.db.transaction(ctx, async (manager) => {
      const task = await this.#claimed(manager, id, fencingToken, 'SUCCEEDED');
      if (task.state === 'SUCCEEDED') return task;
      return this.#end(manager, ctx, id, { state: 'SUCCEEDED', result: kept, progress: 1, error: null });
    });
  }

  /** READY again while there are tries left, then DEAD; FAILED at once without `retry`. @throws as `renew` */
  async fail(ctx: RequestContext, id: string, fencingToken: string, error: string, retry: boolean): Promise<Task> {
    requireText(error, 'error', { max: 10_000 });
    return this.db.transaction(ctx, async (manager) => {
      const task = await this.#claimed(manager, id, fencingToken);
      return this.#failTry(manager, ctx, task, error, retry);
    });
  }

  /** Cancelling a cancelled task changes nothing. @throws AgentOSError NOT_FOUND; CONFLICT where it has ended otherwise */
  async cancel(ctx: RequestContext, id: string): Promise<Task> {
    requireId(id, 'task', 'taskId');
    return this.db.transaction(ctx, async (manager) => {
      const found = await taskStore.lock(manager, id);
      if (found === null) throw notFound('task', id);
      if (found.task.state === 'CANCELLED') return found.task;
      if (isFinal(found.task.state)) throw conflict(`The task has ended as ${found.task.state}.`);
      return this.#end(manager, ctx, id, { state: 'CANCELLED' });
    });
  }

  /** Ends the tries whose lease is over. @returns whether there was any */
  async expireLeases(ctx: Tenant): Promise<boolean> {
    return this.db.transaction(ctx, async (manager) => {
      const expired = await taskStore.expired(manager);
      for (const task of expired)
        await this.#failTry(manager, ctx, task, 'The lease ended before the task was done.', true);
      return expired.length > 0;
    });
  }

  /** The same for all tenants; in the background. */
  async sweep(): Promise<void> {
    for (const tenantId of await this.db.system((manager) => taskStore.tenantsWithExpired(manager))) {
      await this.expireLeases({ tenantId, traceId: '' });
    }
  }

  findByIds(ctx: RequestContext, ids: readonly string[]): Promise<Task[]> {
    return this.db.read(ctx, (manager) => taskStore.findByIds(manager, ids));
  }

  page(
    ctx: RequestContext,
    filter: TaskFilter,
    request: { first: number; after?: string | undefined },
  ): Promise<Page<Task>> {
    const first = pageSize(request.first);
    if (filter.projectId !== undefined) requireId(filter.projectId, 'proj', 'projectId');
    return this.db.read(ctx, (manager) => taskStore.page(manager, { ...filter, ...request, first }));
  }

  /** Each change from now on, with the task as it was right after it. */
  async changes(ctx: RequestContext, filter: TaskFilter): Promise<AsyncGenerator<Task>> {
    if (filter.projectId !== undefined) requireId(filter.projectId, 'proj', 'projectId');
    return this.#changesAfter(ctx, filter, await this.outbox.position(ctx, tasksTopic));
  }

  async *#changesAfter(ctx: RequestContext, filter: TaskFilter, after: number): AsyncGenerator<Task> {
    for await (const event of this.outbox.tail(ctx, tasksTopic, { after, signal: ctx.signal })) {
      const change = event.payload as TaskSnapshot;
      if (filter.projectId !== undefined && change.projectId !== filter.projectId) continue;
      if (filter.states !== undefined && !filter.states.includes(change.state)) continue;
      const [task] = await this.findByIds(ctx, [change.id]);
      if (task === undefined) continue;
      const { leaseExpiresAt, finishedAt, ...rest } = change;
      yield { ...task, ...rest, leaseExpiresAt: asDate(leaseExpiresAt), finishedAt: asDate(finishedAt) };
    }
  }

  #tell(manager: EntityManager, ctx: Tenant, tasks: readonly Task[]): Promise<void> {
    return tellOf(this.outbox, manager, ctx, tasks);
  }

  #taskOf(ctx: RequestContext, input: TaskSubmission): Task {
    if (input.projectId !== undefined) requireId(input.projectId, 'proj', 'input.projectId');
    if (input.requiredCapabilities.length > 100)
      throw badInput('A task requires at most 100 capabilities.', 'input.requiredCapabilities');
    if (input.dependsOn.length > 100) throw badInput('A task depends on at most 100 others.', 'input.dependsOn');
    if (input.maxAttempts < 1 || input.maxAttempts > 1000)
      throw badInput('maxAttempts must be between 1 and 1000.', 'input.maxAttempts');
    return {
      id: newId('task'),
      tenantId: ctx.tenantId,
      title: requireText(input.title, 'input.title', { min: 1, max: 500 }),
      payload: requireJson(input.payload, 'input.payload', payloadLength),
      requiredCapabilities: [
        ...new Set(
          input.requiredCapabilities.map((one) => requireText(one, 'input.requiredCapabilities', { min: 1, max: 100 })),
        ),
      ],
      priority: input.priority,
      state: 'READY',
      dependsOn: [...new Set(input.dependsOn.map((id) => requireId(id, 'task', 'input.dependsOn')))],
      assigneeId: null,
      projectId: input.projectId ?? null,
      attempts: 0,
      maxAttempts: input.maxAttempts,
      notBefore: input.notBefore ?? null,
      leaseExpiresAt: null,
      fencingToken: '0',
      progress: null,
      result: null,
      error: null,
      createdAt: this.clock.now(),
      finishedAt: null,
    };
  }

  /**
   * The task, held for the transaction, where the token is that of the claim that is in force.
   * @param ended a state in which the task may also be already, by this very claim
   */
  async #claimed(manager: EntityManager, id: string, fencingToken: string, ended?: TaskState): Promise<Task> {
    requireId(id, 'task', 'taskId');
    const found = await taskStore.lock(manager, id);
    if (found === null) throw notFound('task', id);
    const { task, isLeased } = found;
    if (task.fencingToken === fencingToken && (isLeased || task.state === ended)) return task;
    throw conflict(
      'This claim is no longer in force: its lease has ended, the task has ended, or another agent has it. Claim a task anew.',
    );
  }

  async #failTry(manager: EntityManager, ctx: Tenant, task: Task, error: string, retry: boolean): Promise<Task> {
    const state = afterFailedTry(task, retry);
    if (state !== 'READY') return this.#end(manager, ctx, task.id, { state, error });
    const again = await taskStore.update(manager, task.id, { state, error, assigneeId: null, leaseExpiresAt: null });
    await this.#tell(manager, ctx, [again]);
    return again;
  }

  /** Ends the task; those that wait for it become ready, or are cancelled with it where it did not succeed. */
  async #end(
    manager: EntityManager,
    ctx: Tenant,
    id: string,
    change: { state: TaskState; error?: string | null; result?: unknown; progress?: number },
  ): Promise<Task> {
    const task = await taskStore.update(manager, id, { ...change, leaseExpiresAt: null, finishedAt: this.clock.now() });
    const told = [task];
    const waiting = await taskStore.lockDependents(manager, id);
    if (waiting.length > 0 && task.state === 'SUCCEEDED') told.push(...(await taskStore.unblock(manager, waiting)));
    await this.#tell(manager, ctx, told);
    if (task.state !== 'SUCCEEDED') {
      for (const dependent of waiting) {
        const found = await taskStore.lock(manager, dependent);
        if (found?.task.state !== 'BLOCKED') continue;
        await this.#end(manager, ctx, dependent, {
          state: 'CANCELLED',
          error: `The task ${id}, which it depends on, has ended as ${task.state}.`,
        });
      }
    }
    return task;
  }
}

const asDate = (value: string | null) => (value === null ? null : new Date(value));

/** Writes an event for each task into the outbox, with what changes in its life. */
export function tellOf(outbox: Outbox, manager: EntityManager, ctx: Tenant, tasks: readonly Task[]): Promise<void> {
  const events = tasks.map((task): NewEvent => {
    const { id, projectId, state, assigneeId, attempts, progress, error } = task;
    const payload: TaskSnapshot = {
      id,
      projectId,
      state,
      assigneeId,
      attempts,
      progress,
      error,
      leaseExpiresAt: task.leaseExpiresAt?.toISOString() ?? null,
      finishedAt: task.finishedAt?.toISOString() ?? null,
    };
    return { topic: tasksTopic, key: id, type: state.toLowerCase(), payload };
  });
  return outbox.append(manager, ctx, events);
}

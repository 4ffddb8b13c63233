import { decodeCursor, type Page, pageOf } from '@agentos/kernel';
import type { EntityManager } from 'typeorm';
import type { Task, TaskState } from '../domain/task.js';
import { taskEntity } from './coordination-schema.js';

export interface TaskPageRequest {
  readonly states?: readonly TaskState[] | undefined;
  readonly projectId?: string | undefined;
  readonly assigneeId?: string | undefined;
  readonly first: number;
  readonly after?: string | undefined;
}

export interface Claim {
  readonly agentId: string;
  readonly capabilities: readonly string[];
  readonly leaseMs: number;
}

const inMs = (parameter: string) => `clock_timestamp() + make_interval(secs => ${parameter}::double precision / 1000)`;

/** Queries over tasks; the transaction it is given names the tenant. */
export const taskStore = {
  /** The task that is there afterwards: of the same idempotency key, the first one. */
  async insert(
    manager: EntityManager,
    task: Task,
    once: { key: string | null; fingerprint: string },
  ): Promise<{ task: Task; fingerprint: string }> {
    await manager.query(
      `insert into task (id, tenant_id, title, payload, required_capabilities, priority, state, depends_on, project_id, max_attempts, not_before, idempotency_key, fingerprint, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
       on conflict (tenant_id, idempotency_key) where idempotency_key is not null do nothing`,
      [
        task.id,
        task.tenantId,
        task.title,
        task.payload === null ? null : JSON.stringify(task.payload),
        task.requiredCapabilities,
        task.priority,
        task.state,
        task.dependsOn,
        task.projectId,
        task.maxAttempts,
        task.notBefore,
        once.key,
        once.fingerprint,
        task.createdAt,
      ],
    );
    const where = once.key === null ? 'id = $1' : 'idempotency_key = $1';
    const [row] = (await manager.query(`select id, fingerprint from task where ${where}`, [once.key ?? task.id])) as [
      { id: string; fingerprint: string },
    ];
    return { task: await manager.findOneByOrFail(taskEntity, { id: row.id }), fingerprint: row.fingerprint };
  },

  async findByIds(manager: EntityManager, ids: readonly string[]): Promise<Task[]> {
    return manager
      .createQueryBuilder(taskEntity, 't')
      .where('t.id = any(:ids)', { ids: [...ids] })
      .getMany();
  },

  /** Held until the transaction ends, so that none of them ends its work meanwhile unseen. */
  async lockStates(manager: EntityManager, ids: readonly string[]): Promise<Map<string, TaskState>> {
    const rows: { id: string; state: TaskState }[] = await manager.query(
      'select id, state from task where id = any($1) order by id for share',
      [[...ids]],
    );
    return new Map(rows.map(({ id, state }) => [id, state]));
  },

  /** For a change of this one task; null where there is none. */
  async lock(manager: EntityManager, id: string): Promise<{ task: Task; isLeased: boolean } | null> {
    const rows: { leased: boolean | null }[] = await manager.query(
      `select state = 'CLAIMED' and lease_expires_at > clock_timestamp() as leased from task where id = $1 for update`,
      [id],
    );
    if (rows[0] === undefined) return null;
    return { task: await manager.findOneByOrFail(taskEntity, { id }), isLeased: rows[0].leased === true };
  },

  async update(
    manager: EntityManager,
    id: string,
    change: Partial<Pick<Task, 'state' | 'progress' | 'error' | 'finishedAt' | 'assigneeId' | 'leaseExpiresAt'>> & {
      result?: unknown;
    },
  ): Promise<Task> {
    await manager.update(taskEntity, { id }, change as Partial<Omit<Task, 'payload' | 'result'>>);
    return manager.findOneByOrFail(taskEntity, { id });
  },

  /** The most urgent, then the oldest, of those that nobody else is just taking. */
  async claim(manager: EntityManager, claim: Claim): Promise<Task | null> {
    const [rows]: [{ id: string }[], number] = await manager.query(
      `update task set state = 'CLAIMED', assignee_id = $1, attempts = attempts + 1, progress = null, error = null,
         fencing_token = nextval('fencing_token'), lease_expires_at = ${inMs('$3')}
        where id = (select id from task where state = 'READY' and required_capabilities <@ $2::text[]
                      and (not_before is null or not_before <= clock_timestamp())
                     order by priority desc, id limit 1 for update skip locked)
       returning id`,
      [claim.agentId, [...claim.capabilities], claim.leaseMs],
    );
    return rows[0] === undefined ? null : manager.findOneByOrFail(taskEntity, { id: rows[0].id });
  },

  async renew(manager: EntityManager, id: string, leaseMs: number, progress: number | undefined): Promise<Task> {
    await manager.query(
      `update task set lease_expires_at = ${inMs('$2')}, progress = coalesce($3::double precision, progress) where id = $1`,
      [id, leaseMs, progress ?? null],
    );
    return manager.findOneByOrFail(taskEntity, { id });
  },

  /** Gives a claim back as if it had never been made; false where it has ended or another has taken the task. */
  async unclaim(manager: EntityManager, id: string, fencingToken: string): Promise<boolean> {
    const [, count]: [unknown[], number] = await manager.query(
      `update task set state = 'READY', assignee_id = null, lease_expires_at = null, attempts = attempts - 1
        where id = $1 and state = 'CLAIMED' and fencing_token = $2`,
      [id, fencingToken],
    );
    return count > 0;
  },

  /** Tasks whose lease has ended, held for the transaction; those that somebody else holds are left to them. */
  async expired(manager: EntityManager): Promise<Task[]> {
    const rows: { id: string }[] = await manager.query(
      `select id from task where state = 'CLAIMED' and lease_expires_at <= clock_timestamp() order by id limit 500 for update skip locked`,
    );
    return rows.length === 0
      ? []
      : taskStore.findByIds(
          manager,
          rows.map(({ id }) => id),
        );
  },

  /** Of all tenants: those that have a task whose lease has ended. */
  async tenantsWithExpired(manager: EntityManager): Promise<string[]> {
    const rows: { tenant_id: string }[] = await manager.query(
      `select distinct tenant_id from task where state = 'CLAIMED' and lease_expires_at <= clock_timestamp()`,
    );
    return rows.map((row) => row.tenant_id);
  },

  /**
   * Tasks that wait for this one, held for the transaction: of two that end at once, the later one sees the former's
   * end when it gets here.
   */
  async lockDependents(manager: EntityManager, id: string): Promise<string[]> {
    const rows: { id: string }[] = await manager.query(
      `select id from task where state = 'BLOCKED' and depends_on @> array[$1] order by id for update`,
      [id],
    );
    return rows.map((row) => row.id);
  },

  /** Those of the tasks for which there is nothing left to wait. */
  async unblock(manager: EntityManager, ids: readonly string[]): Promise<Task[]> {
    const [rows]: [{ id: string }[], number] = await manager.query(
      `update task t set state = 'READY' where t.id = any($1) and t.state = 'BLOCKED'
          and not exists (select 1 from task d where d.id = any(t.depends_on) and d.state <> 'SUCCEEDED')
       returning t.id`,
      [[...ids]],
    );
    return rows.length === 0
      ? []
      : taskStore.findByIds(
          manager,
          rows.map(({ id }) => id),
        );
  },

  /** The newest first: ids grow with time. */
  async page(manager: EntityManager, request: TaskPageRequest): Promise<Page<Task>> {
    const query = manager.createQueryBuilder(taskEntity, 't');
    if (request.states !== undefined) query.andWhere('t.state = any(:states)', { states: [...request.states] });
    if (request.projectId !== undefined) query.andWhere('t.project_id = :projectId', { projectId: request.projectId });
    if (request.assigneeId !== undefined)
      query.andWhere('t.assignee_id = :assigneeId', { assigneeId: request.assigneeId });
    const totalCount = await query.getCount();
    if (request.after !== undefined) query.andWhere('t.id < :after', { after: decodeCursor(request.after, 1)[0] });
    const rows = await query
      .orderBy('t.id', 'DESC')
      .limit(request.first + 1)
      .getMany();
    return pageOf(rows, { ...request, totalCount, cursorOf: (task) => [task.id] });
  },
};

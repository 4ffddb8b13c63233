import { decodeCursor, type Page, pageOf } from '@agentos/kernel';
import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import type { Execution, ExecutionFailure, ExecutionStatus, RuntimeId } from '../domain/execution.js';
import { executionEntity } from './execution-schema.js';

export interface ExecutionFilter {
  status?: readonly ExecutionStatus[] | undefined;
  runtime?: readonly RuntimeId[] | undefined;
  agentId?: string | undefined;
  projectId?: string | undefined;
  sessionId?: string | undefined;
  createdAfter?: Date | undefined;
  createdBefore?: Date | undefined;
}

export interface ExecutionPageRequest {
  filter: ExecutionFilter;
  first: number;
  after?: string | undefined;
}

export type ExecutionChange = Partial<Omit<Execution, 'id' | 'tenantId'>>;

const LEASE = `now() + interval '30 seconds'`;

/** Queries over executions; the transaction it is given names the tenant, or the system. */
export const executionStore = {
  async insert(manager: EntityManager, execution: Execution): Promise<void> {
    await manager.insert(executionEntity, execution);
    if (execution.finishedAt === null) await this.renew(manager, [execution.id]);
  },

  async findByIds(manager: EntityManager, ids: readonly string[]): Promise<Execution[]> {
    return manager
      .createQueryBuilder(executionEntity, 'e')
      .where('e.id = any(:ids)', { ids: [...ids] })
      .getMany();
  },

  /** Changes an execution that has not finished; false where it has, or is not there. */
  async change(manager: EntityManager, id: string, change: ExecutionChange): Promise<boolean> {
    const query = manager.createQueryBuilder().update(executionEntity).set(change).where('id = :id', { id });
    const { affected } = await query.andWhere('finished_at is null').execute();
    return affected === 1;
  },

  /** The newest first: ids grow with time. */
  async page(manager: EntityManager, request: ExecutionPageRequest): Promise<Page<Execution>> {
    const query = filtered(manager.createQueryBuilder(executionEntity, 'e'), request.filter);
    const totalCount = await query.getCount();
    if (request.after !== undefined) query.andWhere('e.id < :after', { after: decodeCursor(request.after, 1)[0] });
    const rows = await query
      .orderBy('e.id', 'DESC')
      .limit(request.first + 1)
      .getMany();
    return pageOf(rows, { ...request, totalCount, cursorOf: (execution) => [execution.id] });
  },

  /** Says by the database's clock that this process still runs them; gives those that are to be cancelled. */
  async renew(manager: EntityManager, ids: readonly string[]): Promise<string[]> {
    await manager.query(`update execution set lease_until = ${LEASE} where id = any($1) and finished_at is null`, [
      [...ids],
    ]);
    const asked: { id: string }[] = await manager.query(
      'select id from execution where id = any($1) and cancel_requested and finished_at is null',
      [[...ids]],
    );
    return asked.map(({ id }) => id);
  },

  /**
   * Ends what nobody runs any more: those whose lease has run out, or with `all` every one.
   * @returns what was ended
   */
  async endLost(
    manager: EntityManager,
    failure: ExecutionFailure,
    all: boolean,
  ): Promise<{ id: string; tenantId: string }[]> {
    const [ended]: [{ id: string; tenantId: string }[], number] = await manager.query(
      `update execution set status = 'FAILED', failure = $1, finished_at = now(), lease_until = null
        where finished_at is null and ($2 or lease_until is null or lease_until < now()) returning id, tenant_id as "tenantId"`,
      [JSON.stringify(failure), all],
    );
    return ended;
  },
};

function filtered(query: SelectQueryBuilder<Execution>, filter: ExecutionFilter): SelectQueryBuilder<Execution> {
  query.where('true');
  if (filter.status !== undefined) query.andWhere('e.status = any(:status)', { status: [...filter.status] });
  if (filter.runtime !== undefined) query.andWhere('e.runtime = any(:runtime)', { runtime: [...filter.runtime] });
  for (const name of ['agentId', 'projectId', 'sessionId'] as const) {
    if (filter[name] !== undefined) query.andWhere(`e.${name} = :${name}`, { [name]: filter[name] });
  }
  if (filter.createdAfter !== undefined) query.andWhere('e.createdAt > :createdAfter', filter);
  if (filter.createdBefore !== undefined) query.andWhere('e.createdAt < :createdBefore', filter);
  return query;
}

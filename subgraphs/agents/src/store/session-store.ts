import { decodeCursor, type Page, pageOf } from '@agentos/kernel';
import type { EntityManager } from 'typeorm';
import type { Session } from '../domain/session.js';
import { sessionEntity } from './agents-schema.js';

export interface SessionPageRequest {
  readonly of: { agentId: string } | { projectId: string };
  readonly first: number;
  readonly after?: string | undefined;
}

/** Queries over sessions; the transaction it is given names the tenant. */
export const sessionStore = {
  async insert(manager: EntityManager, session: Session): Promise<Session> {
    await manager.insert(sessionEntity, session);
    return session;
  },

  async findByIds(manager: EntityManager, ids: readonly string[]): Promise<Session[]> {
    return manager
      .createQueryBuilder(sessionEntity, 's')
      .where('s.id = any(:ids)', { ids: [...ids] })
      .getMany();
  },

  /** Ends it unless it has ended; null where there is none. */
  async end(manager: EntityManager, id: string, at: Date): Promise<Session | null> {
    await manager.query('update session set ended_at = $2 where id = $1 and ended_at is null', [id, at]);
    return manager.findOneBy(sessionEntity, { id });
  },

  /** The newest first: ids grow with time. */
  async page(manager: EntityManager, request: SessionPageRequest): Promise<Page<Session>> {
    const query = manager.createQueryBuilder(sessionEntity, 's').where(request.of);
    const totalCount = await query.getCount();
    if (request.after !== undefined) query.andWhere('s.id < :after', { after: decodeCursor(request.after, 1)[0] });
    const rows = await query
      .orderBy('s.id', 'DESC')
      .limit(request.first + 1)
      .getMany();
    return pageOf(rows, { ...request, totalCount, cursorOf: (session) => [session.id] });
  },
};

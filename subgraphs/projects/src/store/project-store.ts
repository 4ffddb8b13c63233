import { decodeCursor, type Page, pageOf } from '@agentos/kernel';
import type { EntityManager } from 'typeorm';
import type { LanguageShare } from '../domain/languages.js';
import type { Project } from '../domain/project.js';
import { type ProjectRow, projectEntity } from './projects-schema.js';

const toProject = ({ sourceKind, sourceLocation, sourceRevision, ...row }: ProjectRow): Project => ({
  ...row,
  source: { kind: sourceKind, location: sourceLocation, revision: sourceRevision },
});

/** Queries over projects; the transaction it is given names the tenant. */
export const projectStore = {
  async insert(manager: EntityManager, project: Project): Promise<Project> {
    const { source, ...rest } = project;
    await manager.insert(projectEntity, {
      ...rest,
      sourceKind: source.kind,
      sourceLocation: source.location,
      sourceRevision: source.revision,
    });
    return project;
  },

  async findByIds(manager: EntityManager, ids: readonly string[]): Promise<Project[]> {
    const rows = await manager
      .createQueryBuilder(projectEntity, 'p')
      .where('p.id = any(:ids)', { ids: [...ids] })
      .getMany();
    return rows.map(toProject);
  },

  /** Two updates of one project take turns: the second waits here for the first to commit. */
  async lock(manager: EntityManager, id: string): Promise<boolean> {
    const rows: unknown[] = await manager.query('select 1 from project where id = $1 for update', [id]);
    return rows.length > 0;
  },

  async update(
    manager: EntityManager,
    id: string,
    change: { languages: LanguageShare[]; updatedAt: Date },
  ): Promise<Project> {
    await manager.update(projectEntity, { id }, change);
    return toProject(await manager.findOneByOrFail(projectEntity, { id }));
  },

  /** Its files go with it. */
  async remove(manager: EntityManager, id: string): Promise<boolean> {
    const removed = await manager.delete(projectEntity, { id });
    return (removed.affected ?? 0) > 0;
  },

  /** The newest first: ids grow with time. */
  async page(manager: EntityManager, request: { first: number; after?: string | undefined }): Promise<Page<Project>> {
    const query = manager.createQueryBuilder(projectEntity, 'p');
    const totalCount = await query.getCount();
    if (request.after !== undefined) query.andWhere('p.id < :after', { after: decodeCursor(request.after, 1)[0] });
    const rows = await query
      .orderBy('p.id', 'DESC')
      .limit(request.first + 1)
      .getMany();
    return pageOf(rows.map(toProject), { ...request, totalCount, cursorOf: (project) => [project.id] });
  },
};

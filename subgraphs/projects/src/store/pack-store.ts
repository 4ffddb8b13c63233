import type { EntityManager } from 'typeorm';

export interface PackRow {
  readonly id: string;
  readonly tenantId: string;
}

/** Longer than any registration: a pack that no project owns by then never will be. */
const graceMinutes = 60;

/** Queries over packs. All but `unowned` and `forget` run in a transaction that names the tenant. */
export const packStore = {
  async announce(manager: EntityManager, pack: PackRow): Promise<void> {
    await manager.query('insert into project_pack (id, tenant_id) values ($1, $2)', [pack.id, pack.tenantId]);
  },

  /** False where the pack is gone: it was announced so long ago that it was taken for abandoned. */
  async own(manager: EntityManager, id: string, projectId: string): Promise<boolean> {
    const rows: [unknown[], number] = await manager.query(
      'update project_pack set project_id = $2 where id = $1 and project_id is null and not released returning id',
      [id, projectId],
    );
    return rows[1] > 0;
  },

  /** Gives up what a project no longer needs: packs without a file of it, or all before it is removed. */
  async release(manager: EntityManager, projectId: string, which: 'unused' | 'all'): Promise<void> {
    if (which === 'all') await manager.query('delete from project_file where project_id = $1', [projectId]);
    await manager.query(
      `update project_pack p set project_id = null, released = true where p.project_id = $1
         and not exists (select 1 from project_file f where f.pack_id = p.id)`,
      [projectId],
    );
  },

  /** A pack that its registration does not need after all. */
  async abandon(manager: EntityManager, id: string): Promise<void> {
    await manager.query('update project_pack set released = true where id = $1 and project_id is null', [id]);
  },

  /** Of all tenants: packs whose blobs nobody needs. */
  async unowned(manager: EntityManager): Promise<PackRow[]> {
    return manager.query(
      `select id, tenant_id as "tenantId" from project_pack
        where project_id is null and (released or created_at < now() - make_interval(mins => $1)) order by created_at limit 1000`,
      [graceMinutes],
    );
  },

  async forget(manager: EntityManager, id: string): Promise<void> {
    await manager.query('delete from project_pack where id = $1 and project_id is null', [id]);
  },
};

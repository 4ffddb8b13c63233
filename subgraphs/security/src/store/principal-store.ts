import type { EntityManager } from 'typeorm';
import type { Principal, Role } from '../domain/principal.js';
import { principalEntity, roleEntity } from './security-schema.js';

/** Queries over principals and roles; the transaction it is given names the tenant. */
export const principalStore = {
  async insert(manager: EntityManager, principal: Principal, roles: readonly Role[]): Promise<Principal> {
    await manager.insert(principalEntity, principal);
    await principalStore.addRoles(manager, principal.id, roles);
    return principal;
  },

  async findByIds(manager: EntityManager, ids: readonly string[]): Promise<Principal[]> {
    return manager
      .createQueryBuilder(principalEntity, 'p')
      .where('p.id = any(:ids)', { ids: [...ids] })
      .getMany();
  },

  /** The newest first: ids grow with time. */
  async list(manager: EntityManager, first: number): Promise<Principal[]> {
    return manager.createQueryBuilder(principalEntity, 'p').orderBy('p.id', 'DESC').limit(first).getMany();
  },

  /** Until the commit, nobody else of the tenant changes who has which role. */
  async lockRoles(manager: EntityManager, tenantId: string): Promise<void> {
    await manager.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`roles of ${tenantId}`]);
  },

  async addRoles(manager: EntityManager, principalId: string, roles: readonly Role[]): Promise<void> {
    await manager.query(
      `insert into principal_role (tenant_id, principal_id, role_id)
       select tenant_id, $1, id from role where id = any($2) on conflict do nothing`,
      [principalId, roles.map((role) => role.id)],
    );
  },

  async removeRoles(manager: EntityManager, principalId: string, roles: readonly Role[]): Promise<void> {
    await manager.query('delete from principal_role where principal_id = $1 and role_id = any($2)', [
      principalId,
      roles.map((role) => role.id),
    ]);
  },

  /** How many principals have the role. */
  async countWithRole(manager: EntityManager, roleId: string): Promise<number> {
    const [row] = (await manager.query('select count(*)::int as n from principal_role where role_id = $1', [
      roleId,
    ])) as [{ n: number }];
    return row.n;
  },

  async rolesOf(manager: EntityManager, principalIds: readonly string[]): Promise<Map<string, Role[]>> {
    const rows: { principal_id: string; role_id: string }[] = await manager.query(
      'select principal_id, role_id from principal_role where principal_id = any($1)',
      [[...principalIds]],
    );
    const roles = await manager
      .createQueryBuilder(roleEntity, 'r')
      .where('r.id = any(:ids)', { ids: rows.map((row) => row.role_id) })
      .orderBy('r.name')
      .getMany();
    const granted = new Set(rows.map((row) => `${row.principal_id} ${row.role_id}`));
    return new Map(principalIds.map((id) => [id, roles.filter((role) => granted.has(`${id} ${role.id}`))]));
  },

  /** The built-in ones first. */
  async listRoles(manager: EntityManager): Promise<Role[]> {
    return manager.createQueryBuilder(roleEntity, 'r').orderBy('r.built_in', 'DESC').addOrderBy('r.name').getMany();
  },

  async findRolesByName(manager: EntityManager, names: readonly string[]): Promise<Role[]> {
    return manager
      .createQueryBuilder(roleEntity, 'r')
      .where('r.name = any(:names)', { names: [...names] })
      .getMany();
  },

  async insertRole(manager: EntityManager, role: Role): Promise<Role> {
    await manager.insert(roleEntity, role);
    return role;
  },
};

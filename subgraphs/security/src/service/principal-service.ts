import {
  badInput,
  type Clock,
  conflict,
  newId,
  notFound,
  type PrincipalKind,
  pageSize,
  type RequestContext,
  requireId,
  requireText,
} from '@agentos/kernel';
import { conflictOnDuplicate, type Database } from '@agentos/platform';
import type { EntityManager } from 'typeorm';
import { permissionsOfRole, requireMayGrant, requirePermissionName } from '../domain/grants.js';
import type { Principal, Role } from '../domain/principal.js';
import { principalStore } from '../store/principal-store.js';

const mostRoles = 100;

/** Who may do what. */
export class PrincipalService {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  /** @throws AgentOSError BAD_USER_INPUT where there is no such role; FORBIDDEN where a role has more than the caller */
  create(
    ctx: RequestContext,
    input: { kind: PrincipalKind; name: string; roles: readonly string[] },
  ): Promise<Principal> {
    const name = requireText(input.name, 'input.name', { min: 1, max: 200 });
    return this.db.transaction(ctx, async (manager) => {
      const roles = await findRoles(manager, input.roles, 'input.roles');
      requireMayGrant(ctx.permissions, roles.flatMap(permissionsOfRole));
      const principal = {
        id: newId('prin'),
        tenantId: ctx.tenantId,
        kind: input.kind,
        name,
        createdAt: this.clock.now(),
      };
      return principalStore.insert(manager, principal, roles);
    });
  }

  /**
   * The roles given are all that the principal has from then on.
   * @throws AgentOSError NOT_FOUND; BAD_USER_INPUT where there is no such role; FORBIDDEN where a role that is given or
   * taken has more than the caller; CONFLICT where nobody would be an administrator any more
   */
  assignRoles(ctx: RequestContext, principalId: string, names: readonly string[]): Promise<Principal> {
    requireId(principalId, 'prin', 'principalId');
    return this.db.transaction(ctx, async (manager) => {
      await principalStore.lockRoles(manager, ctx.tenantId);
      const [principal] = await principalStore.findByIds(manager, [principalId]);
      if (principal === undefined) throw notFound('principal', principalId);
      const wanted = await findRoles(manager, names, 'roles');
      const held = (await principalStore.rolesOf(manager, [principalId])).get(principalId) ?? [];
      const without = (these: readonly Role[], those: readonly Role[]) =>
        these.filter((role) => !those.some((other) => other.id === role.id));
      const [added, removed] = [without(wanted, held), without(held, wanted)];
      requireMayGrant(ctx.permissions, [...added, ...removed].flatMap(permissionsOfRole));
      const admin = removed.find((role) => role.builtIn && role.name === 'admin');
      if (admin !== undefined && (await principalStore.countWithRole(manager, admin.id)) === 1) {
        throw conflict('This principal is the last administrator: give another one the role admin first.');
      }
      await principalStore.removeRoles(manager, principalId, removed);
      await principalStore.addRoles(manager, principalId, added);
      return principal;
    });
  }

  /** @throws AgentOSError BAD_USER_INPUT where there is no such permission; FORBIDDEN; CONFLICT where the name is taken */
  createRole(ctx: RequestContext, input: { name: string; permissions: readonly string[] }): Promise<Role> {
    const name = requireText(input.name, 'input.name', { min: 1, max: 100 });
    const permissions = [...new Set(input.permissions.map((one) => requirePermissionName(one, 'input.permissions')))];
    requireMayGrant(ctx.permissions, permissions);
    const role = {
      id: newId('role'),
      tenantId: ctx.tenantId,
      name,
      permissions,
      builtIn: false,
      createdAt: this.clock.now(),
    };
    return this.db
      .transaction(ctx, (manager) => principalStore.insertRole(manager, role))
      .catch(conflictOnDuplicate(`There is a role of this name already.`));
  }

  list(ctx: RequestContext, first: number): Promise<Principal[]> {
    const size = pageSize(first);
    return this.db.read(ctx, (manager) => principalStore.list(manager, size));
  }

  listRoles(ctx: RequestContext): Promise<Role[]> {
    return this.db.read(ctx, (manager) => principalStore.listRoles(manager));
  }

  findByIds(ctx: RequestContext, ids: readonly string[]): Promise<Principal[]> {
    return this.db.read(ctx, (manager) => principalStore.findByIds(manager, ids));
  }

  /** By principal. */
  rolesOf(ctx: RequestContext, principalIds: readonly string[]): Promise<Map<string, Role[]>> {
    return this.db.read(ctx, (manager) => principalStore.rolesOf(manager, principalIds));
  }
}

async function findRoles(manager: EntityManager, names: readonly string[], field: string): Promise<Role[]> {
  if (names.length > mostRoles) throw badInput(`${field} names more than ${mostRoles} roles.`, field);
  const wanted = [...new Set(names.map((name) => requireText(name, field, { max: 100 })))];
  const roles = await principalStore.findRolesByName(manager, wanted);
  const missing = wanted.filter((name) => !roles.some((role) => role.name === name));
  if (missing.length > 0)
    throw badInput(`There is no role named ${missing.map((name) => JSON.stringify(name)).join(' or ')}.`, field);
  return roles;
}

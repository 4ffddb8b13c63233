import {
  type BuiltInRole,
  badInput,
  builtInRoles,
  forbidden,
  isPermission,
  type Permission,
  permissions,
} from '@agentos/kernel';

/** In a key's scopes: everything that its principal may do, now and later. */
export const everything = '*';

/** What everyone who has a valid key may do, whatever its scopes. */
const always: readonly Permission[] = ['self:read'];

export interface RoleGrant {
  readonly name: string;
  readonly builtIn: boolean;
  /** Of a custom role; a built-in one has what this version of the program says. */
  readonly permissions: readonly string[];
}

export function permissionsOfRole(role: RoleGrant): readonly Permission[] {
  if (role.builtIn) return builtInRoles[role.name as BuiltInRole] ?? [];
  // A permission that a later version has dropped grants nothing.
  return role.permissions.filter(isPermission);
}

/** What a principal may do with all its roles together. */
export function permissionsOfRoles(roles: readonly RoleGrant[]): Set<Permission> {
  return new Set([...always, ...roles.flatMap((role) => permissionsOfRole(role))]);
}

/** What a key may do: what its principal may, narrowed by the key's scopes. */
export function narrow(granted: ReadonlySet<Permission>, scopes: readonly string[]): Set<Permission> {
  if (scopes.includes(everything)) return new Set(granted);
  return new Set([...granted].filter((permission) => scopes.includes(permission) || always.includes(permission)));
}

/**
 * The scopes themselves, each once.
 * @throws AgentOSError BAD_USER_INPUT where one is neither a permission nor `*`
 */
export function requireScopes(scopes: readonly string[], field: string): string[] {
  if (scopes.length === 0)
    throw badInput(`${field} must name at least one permission, or * for all that its principal may do.`, field);
  return [...new Set(scopes.map((scope) => (scope === everything ? scope : requirePermissionName(scope, field))))];
}

/** @throws AgentOSError BAD_USER_INPUT where there is no such permission */
export function requirePermissionName(name: string, field: string): Permission {
  if (isPermission(name)) return name;
  throw badInput(`${field} holds something that is no permission; there are ${permissions.join(', ')}.`, field);
}

/**
 * Nobody grants more than they have: `*` outlives what its principal may do today, so it takes every permission.
 * @throws AgentOSError FORBIDDEN naming what is missing
 */
export function requireMayGrant(granter: ReadonlySet<string>, wanted: Iterable<string>): void {
  const all = [...wanted];
  const needed = all.includes(everything) ? permissions : all;
  const missing = needed.filter(
    (permission) => !granter.has(permission) && !(always as readonly string[]).includes(permission),
  );
  if (missing.length > 0) {
    throw forbidden(`This would grant ${missing.join(', ')}, which this key or its principal does not have itself.`);
  }
}

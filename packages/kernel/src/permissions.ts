/** What can be granted: `<domain>:<verb>`. Each field of the schema that can be asked for declares one. */
export const permissions = [
  'memory:read',
  'memory:write',
  'execution:read',
  'execution:run',
  'learning:read',
  'learning:write',
  'projects:read',
  'projects:write',
  'agents:read',
  'agents:write',
  'plugins:read',
  'plugins:write',
  'security:read',
  'security:admin',
  'audit:read',
  'audit:write',
  'self:read',
] as const;
export type Permission = (typeof permissions)[number];

export const isPermission = (value: string): value is Permission => (permissions as readonly string[]).includes(value);

export const builtInRoleNames = ['admin', 'developer', 'agent', 'auditor', 'read-only'] as const;
export type BuiltInRole = (typeof builtInRoleNames)[number];

const reads = permissions.filter((p) => p.endsWith(':read') && p !== 'audit:read' && p !== 'security:read');

/** Roles that every tenant has and nobody can change. */
export const builtInRoles: Readonly<Record<BuiltInRole, readonly Permission[]>> = {
  admin: permissions,
  developer: [
    ...reads,
    'memory:write',
    'execution:run',
    'learning:write',
    'projects:write',
    'agents:write',
    'plugins:write',
    'audit:write',
  ],
  agent: [...reads, 'memory:write', 'execution:run', 'learning:write', 'agents:write', 'audit:write'],
  auditor: [...reads, 'security:read', 'audit:read'],
  'read-only': reads,
};

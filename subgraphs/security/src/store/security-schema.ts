import { isolateByTenant, sqlMigration } from '@agentos/platform';
import { EntitySchema } from 'typeorm';
import type { ApiKey } from '../domain/api-key.js';
import type { Principal, Role } from '../domain/principal.js';
import type { Tenant } from '../domain/tenant.js';

export const tenantEntity = new EntitySchema<Tenant>({
  name: 'tenant',
  columns: {
    id: { type: 'text', primary: true },
    tenantId: { type: 'text', name: 'tenant_id' },
    name: { type: 'text' },
    isFirst: { type: 'boolean', name: 'is_first' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
  },
});

export const principalEntity = new EntitySchema<Principal>({
  name: 'principal',
  columns: {
    id: { type: 'text', primary: true },
    tenantId: { type: 'text', name: 'tenant_id' },
    kind: { type: 'text' },
    name: { type: 'text' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
  },
});

export const roleEntity = new EntitySchema<Role>({
  name: 'role',
  columns: {
    id: { type: 'text', primary: true },
    tenantId: { type: 'text', name: 'tenant_id' },
    name: { type: 'text' },
    permissions: { type: 'text', array: true },
    builtIn: { type: 'boolean', name: 'built_in' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
  },
});

export const apiKeyEntity = new EntitySchema<ApiKey>({
  name: 'api_key',
  columns: {
    id: { type: 'text', primary: true },
    tenantId: { type: 'text', name: 'tenant_id' },
    principalId: { type: 'text', name: 'principal_id' },
    name: { type: 'text' },
    prefix: { type: 'text' },
    hash: { type: 'text' },
    scopes: { type: 'text', array: true },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    expiresAt: { type: 'timestamptz', name: 'expires_at', nullable: true },
    lastUsedAt: { type: 'timestamptz', name: 'last_used_at', nullable: true },
    revokedAt: { type: 'timestamptz', name: 'revoked_at', nullable: true },
  },
});

/**
 * References carry the tenant, since the database checks them past row-level security: nobody can point at another
 * tenant's principal or role. The system role sees the columns that finding a credential needs, and no other.
 */
export const securityMigration = sqlMigration(
  'Security1763820000000',
  `
create table tenant (
  id text primary key,
  tenant_id text not null check (tenant_id = id),
  name text not null,
  is_first boolean not null,
  created_at timestamptz not null
);
create unique index tenant_first on tenant (is_first) where is_first;
create table principal (
  id text primary key,
  tenant_id text not null references tenant (id),
  kind text not null check (kind in ('USER', 'AGENT', 'SERVICE')),
  name text not null,
  created_at timestamptz not null,
  unique (tenant_id, id)
);
create table role (
  id text primary key,
  tenant_id text not null references tenant (id),
  name text not null,
  permissions text[] not null,
  built_in boolean not null,
  created_at timestamptz not null,
  unique (tenant_id, id),
  unique (tenant_id, name)
);
create table principal_role (
  tenant_id text not null,
  principal_id text not null,
  role_id text not null,
  primary key (tenant_id, principal_id, role_id),
  foreign key (tenant_id, principal_id) references principal (tenant_id, id),
  foreign key (tenant_id, role_id) references role (tenant_id, id)
);
create index principal_role_role on principal_role (tenant_id, role_id);
create table api_key (
  id text primary key,
  tenant_id text not null,
  principal_id text not null,
  name text not null,
  prefix text not null,
  hash text not null unique,
  scopes text[] not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  foreign key (tenant_id, principal_id) references principal (tenant_id, id)
);
create index api_key_principal on api_key (tenant_id, principal_id, id desc);
${isolateByTenant('tenant', { app: ['select', 'insert'] })}
${isolateByTenant('principal', { app: ['select', 'insert', 'update'] })}
${isolateByTenant('role', { app: ['select', 'insert'] })}
${isolateByTenant('principal_role', { app: ['select', 'insert', 'delete'] })}
${isolateByTenant('api_key', { app: ['select', 'insert', 'update'] })}
${['tenant', 'principal', 'role', 'principal_role', 'api_key']
  .map((table) => `create policy system on ${table} for select to agentos_system using (true);`)
  .join('\n')}
grant select (id, is_first) on tenant to agentos_system;
grant select (id, tenant_id, kind, name) on principal to agentos_system;
grant select (id, tenant_id, name, permissions, built_in) on role to agentos_system;
grant select (tenant_id, principal_id, role_id) on principal_role to agentos_system;
grant select (id, tenant_id, principal_id, hash, scopes, expires_at, revoked_at) on api_key to agentos_system;
`,
);

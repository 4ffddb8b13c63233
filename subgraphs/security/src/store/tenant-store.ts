import { type BuiltInRole, builtInRoleNames, newId, type PrincipalKind } from '@agentos/kernel';
import type { EntityManager } from 'typeorm';
import { hashApiKey, prefixOf } from '../domain/api-key.js';
import { everything } from '../domain/grants.js';
import type { Principal } from '../domain/principal.js';
import type { Tenant } from '../domain/tenant.js';
import { apiKeyEntity, principalEntity, roleEntity, tenantEntity } from './security-schema.js';

/** Queries over the tenant itself and what it starts with; the transaction it is given names the tenant. */
export const tenantStore = {
  /** With its built-in roles. */
  async insert(manager: EntityManager, tenant: Tenant): Promise<void> {
    await manager.insert(tenantEntity, tenant);
    await manager.insert(
      roleEntity,
      builtInRoleNames.map((name) => ({
        id: newId('role'),
        tenantId: tenant.id,
        name,
        permissions: [],
        builtIn: true,
        createdAt: tenant.createdAt,
      })),
    );
  },

  async findByIds(manager: EntityManager, ids: readonly string[]): Promise<Tenant[]> {
    return manager
      .createQueryBuilder(tenantEntity, 't')
      .where('t.id = any(:ids)', { ids: [...ids] })
      .getMany();
  },

  async insertPrincipal(
    manager: EntityManager,
    given: { tenantId: string; kind: PrincipalKind; name: string; role: BuiltInRole; now: Date },
  ): Promise<Principal> {
    const { tenantId, kind, name, role, now } = given;
    const principal: Principal = { id: newId('prin'), tenantId, kind, name, createdAt: now };
    await manager.insert(principalEntity, principal);
    await manager.query(
      `insert into principal_role (tenant_id, principal_id, role_id)
       select tenant_id, $1, id from role where tenant_id = $2 and name = $3 and built_in`,
      [principal.id, tenantId, role],
    );
    return principal;
  },

  /** The oldest principal that has the built-in role `admin`. */
  async findAdmin(manager: EntityManager): Promise<Principal | null> {
    return manager
      .createQueryBuilder(principalEntity, 'p')
      .where(
        `exists (select 1 from principal_role pr join role r on r.tenant_id = pr.tenant_id and r.id = pr.role_id
         where pr.tenant_id = p.tenant_id and pr.principal_id = p.id and r.built_in and r.name = 'admin')`,
      )
      .orderBy('p.id')
      .getOne();
  },

  /** A key for everything that the principal may do. */
  async insertKey(
    manager: EntityManager,
    given: { id: string; principal: Principal; name: string; secret: string; now: Date },
  ): Promise<void> {
    const { id, principal, name, secret, now } = given;
    await manager.insert(apiKeyEntity, {
      id,
      tenantId: principal.tenantId,
      principalId: principal.id,
      name,
      prefix: prefixOf(secret),
      hash: hashApiKey(secret),
      scopes: [everything],
      createdAt: now,
      expiresAt: null,
      lastUsedAt: null,
      revokedAt: null,
    });
  },
};

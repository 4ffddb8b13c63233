import type { PrincipalKind } from '@agentos/kernel';
import type { EntityManager } from 'typeorm';
import type { RoleGrant } from '../domain/grants.js';

/** An API key with whose it is and what that one may do, as the look-up needs it. */
export interface Credential {
  readonly id: string;
  readonly tenantId: string;
  readonly principal: { readonly id: string; readonly kind: PrincipalKind; readonly name: string };
  readonly roles: readonly RoleGrant[];
  readonly scopes: readonly string[];
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

interface CredentialRow {
  id: string;
  tenant_id: string;
  principal_id: string;
  kind: PrincipalKind;
  name: string;
  roles: RoleGrant[];
  scopes: string[];
  expires_at: Date | null;
  revoked_at: Date | null;
}

/** Queries of the system role, over all tenants: nobody is signed in yet. */
export const credentialStore = {
  async findByHash(manager: EntityManager, hash: string): Promise<Credential | null> {
    const [row] = (await manager.query(
      `select k.id, k.tenant_id, k.principal_id, p.kind, p.name, k.scopes, k.expires_at, k.revoked_at,
         coalesce((select jsonb_agg(jsonb_build_object('name', r.name, 'builtIn', r.built_in, 'permissions', r.permissions))
           from principal_role pr join role r on r.tenant_id = pr.tenant_id and r.id = pr.role_id
           where pr.tenant_id = k.tenant_id and pr.principal_id = k.principal_id), '[]') as roles
       from api_key k join principal p on p.tenant_id = k.tenant_id and p.id = k.principal_id
       where k.hash = $1`,
      [hash],
    )) as CredentialRow[];
    if (row === undefined) return null;
    return {
      id: row.id,
      tenantId: row.tenant_id,
      principal: { id: row.principal_id, kind: row.kind, name: row.name },
      roles: row.roles,
      scopes: row.scopes,
      expiresAt: row.expires_at,
      revokedAt: row.revoked_at,
    };
  },

  /** Whether the key is known, in whatever state and tenant. */
  async isKnown(manager: EntityManager, hash: string): Promise<boolean> {
    const rows: unknown[] = await manager.query('select 1 from api_key where hash = $1', [hash]);
    return rows.length > 0;
  },

  async firstTenantId(manager: EntityManager): Promise<string | undefined> {
    const rows: { id: string }[] = await manager.query('select id from tenant where is_first');
    return rows[0]?.id;
  },
};

import { randomUUID } from 'node:crypto';
import { builtInRoleNames } from '@agentos/kernel';
import type { Platform } from '@agentos/platform';
import { unguarded } from '@agentos/subgraph-kit';
import { beforeAll, describe, expect, it } from 'vitest';
import { asOwner } from './fixtures/as-owner.js';
import { Graph } from './fixtures/graph.js';

/** Principals, roles and what nobody can give away. */
export function identityContract(open: () => Platform): void {
  describe('identity', () => {
    let graph: Graph;
    let admin: string;
    beforeAll(async () => {
      graph = new Graph(open());
      admin = (await graph.tenant()).secret;
    });

    const createRole =
      'mutation ($name: String!, $permissions: [String!]!) { createRole(input: { name: $name, permissions: $permissions }) { id builtIn permissions } }';
    const createKey =
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret apiKey { id prefix scopes principal { id } } } }';
    const assign =
      'mutation ($id: ID!, $roles: [String!]!) { assignRoles(principalId: $id, roles: $roles) { id permissions roles { name } } }';

    describe('roles', () => {
      it('every tenant has the built-in ones, and none can be made in their name', async () => {
        const { roles } = await graph.get(admin, '{ roles { name builtIn permissions } }');
        expect(roles.map((role: { name: string }) => role.name).sort()).toEqual([...builtInRoleNames].sort());
        expect(roles.find((role: { name: string }) => role.name === 'agent').permissions).toContain('execution:run');
        expect((await graph.ask(admin, createRole, { name: 'admin', permissions: [] })).codes).toEqual(['CONFLICT']);
      });

      it('a role of one own gives what it says, until it is taken away', async () => {
        await graph.get(admin, createRole, { name: 'reader', permissions: ['memory:read'] });
        const worker = await graph.principal(admin, ['reader']);
        expect([...(await graph.authenticate(worker.secret)).permissions].sort()).toEqual(['memory:read', 'self:read']);
        const { assignRoles } = await graph.get(admin, assign, { id: worker.id, roles: ['read-only', 'agent'] });
        expect(assignRoles.roles).toEqual([{ name: 'agent' }, { name: 'read-only' }]);
        expect((await graph.authenticate(worker.secret)).permissions).toContain('memory:write');
        await graph.get(admin, assign, { id: worker.id, roles: [] });
        expect([...(await graph.authenticate(worker.secret)).permissions]).toEqual(['self:read']);
      });

      it('unknown names are the caller mistake', async () => {
        expect((await graph.ask(admin, createRole, { name: 'x', permissions: ['memory:everything'] })).codes).toEqual([
          'BAD_USER_INPUT',
        ]);
        expect((await graph.ask(admin, createRole, { name: 'x', permissions: ['*'] })).codes).toEqual([
          'BAD_USER_INPUT',
        ]);
        const { id } = await graph.principal(admin, []);
        expect((await graph.ask(admin, assign, { id, roles: ['no-such-role'] })).codes).toEqual(['BAD_USER_INPUT']);
        expect((await graph.ask(admin, assign, { id: 'prin_zzz', roles: [] })).codes).toEqual(['BAD_USER_INPUT']);
      });

      it('the last administrator stays one', async () => {
        const { principalId, secret } = await graph.tenant();
        expect((await graph.ask(secret, assign, { id: principalId, roles: ['developer'] })).codes).toEqual([
          'CONFLICT',
        ]);
        const second = await graph.principal(secret, ['admin']);
        await graph.get(second.secret, assign, { id: principalId, roles: ['developer'] });
        expect((await graph.ask(second.secret, assign, { id: second.id, roles: [] })).codes).toEqual(['CONFLICT']);
      });
    });

    describe('nobody grants more than they have', () => {
      let keeper: { id: string; secret: string };
      beforeAll(async () => {
        await graph.get(admin, createRole, {
          name: 'keeper',
          permissions: ['security:admin', 'security:read', 'memory:read'],
        });
        keeper = await graph.principal(admin, ['keeper']);
      });

      it('in the scopes of a key', async () => {
        const make = (scopes: string[]) => graph.ask(keeper.secret, createKey, { input: { name: 'k', scopes } });
        expect((await make(['memory:read'])).codes).toEqual([]);
        expect((await make(['memory:write'])).codes).toEqual(['FORBIDDEN']);
        expect((await make(['*'])).codes).toEqual(['FORBIDDEN']);
        expect((await make(['memory:nothing'])).codes).toEqual(['BAD_USER_INPUT']);
        expect((await make([])).codes).toEqual(['BAD_USER_INPUT']);
      });

      it('in a key for somebody who has more', async () => {
        const { me } = await graph.get(admin, '{ me { id } }');
        const make = (scopes: string[]) =>
          graph.ask(keeper.secret, createKey, { input: { name: 'k', principalId: me.id, scopes } });
        expect((await make(['*'])).codes).toEqual(['FORBIDDEN']);
        const { data } = await make(['memory:read']);
        expect([...(await graph.authenticate(data.createApiKey.secret)).permissions].sort()).toEqual([
          'memory:read',
          'self:read',
        ]);
      });

      it('in a role that they make, give or take', async () => {
        expect(
          (await graph.ask(keeper.secret, createRole, { name: 'more', permissions: ['memory:write'] })).codes,
        ).toEqual(['FORBIDDEN']);
        expect((await graph.ask(keeper.secret, assign, { id: keeper.id, roles: ['admin'] })).codes).toEqual([
          'FORBIDDEN',
        ]);
        const { me } = await graph.get(admin, '{ me { id } }');
        expect((await graph.ask(keeper.secret, assign, { id: me.id, roles: [] })).codes).toEqual(['FORBIDDEN']);
        const create = 'mutation { createPrincipal(input: { kind: USER, name: "x", roles: ["developer"] }) { id } }';
        expect((await graph.ask(keeper.secret, create)).codes).toEqual(['FORBIDDEN']);
      });

      it('with a key whose scopes leave out what the principal has', async () => {
        const narrow = await graph.key(admin, { scopes: ['security:admin'] });
        expect((await graph.ask(narrow.secret, createKey, { input: { name: 'k', scopes: ['*'] } })).codes).toEqual([
          'FORBIDDEN',
        ]);
      });
    });

    it('a low-privilege key changes and sees nothing of all this, and leaves a line for each try', async () => {
      const worker = await graph.principal(admin, ['agent']);
      for (const source of [
        '{ principals { id } }',
        '{ apiKeys { id } }',
        '{ securityEvents { totalCount } }',
        '{ verifyAuditLog { intact } }',
        'mutation { createRole(input: { name: "x", permissions: [] }) { id } }',
        'mutation { createApiKey(input: { name: "x", scopes: ["*"] }) { secret } }',
      ]) {
        expect((await graph.ask(worker.secret, source)).codes, source).toEqual(['FORBIDDEN']);
      }
      const { securityEvents } = await graph.get(
        admin,
        'query ($id: ID!) { securityEvents(filter: { principalId: $id, outcome: DENIED }) { totalCount nodes { severity principal { name } } } }',
        { id: worker.id },
      );
      expect(securityEvents.totalCount).toBe(6);
      expect(securityEvents.nodes[0]).toEqual({ severity: 'MEDIUM', principal: { name: 'worker' } });
    });

    it('a repeated request gets the same key again, of which no record holds the secret', async () => {
      const request = await graph.context(admin, { idempotency: { key: randomUUID(), fingerprint: 'f' } });
      const first = await graph.get(request, createKey, { input: { name: 'once', scopes: ['memory:read'] } });
      const again = await graph.get(request, createKey, { input: { name: 'once', scopes: ['memory:read'] } });
      expect(again).toEqual(first);
      await expect(graph.authenticate(again.createApiKey.secret)).resolves.toBeDefined();
      const [row] = await asOwner(graph.platform.db, (manager) =>
        manager.query('select result from idempotency_effect where key = $1', [request.idempotency?.key]),
      );
      expect(row.result.includes(first.createApiKey.secret)).toBe(false);
    });

    describe('another tenant', () => {
      it('is not seen and not changed, whatever ids one has', async () => {
        const worker = await graph.principal(admin, ['agent']);
        const { secret } = await graph.tenant();
        const { principals, apiKeys, roles, securityEvents } = await graph.get(
          secret,
          '{ principals { id name } apiKeys { id } roles { id } securityEvents { nodes { id action } } }',
        );
        expect(principals.map((one: { name: string }) => one.name)).toEqual(['admin']);
        expect(apiKeys).toHaveLength(1);
        expect(roles).toHaveLength(builtInRoleNames.length);
        expect(securityEvents.nodes.map((one: { action: string }) => one.action)).toEqual(['provisionTenant']);

        expect(
          (await graph.get(secret, 'query ($id: ID) { apiKeys(principalId: $id) { id } }', { id: worker.id })).apiKeys,
        ).toEqual([]);
        expect((await graph.ask(secret, assign, { id: worker.id, roles: [] })).codes).toEqual(['NOT_FOUND']);
        expect(
          (await graph.ask(secret, createKey, { input: { name: 'k', scopes: ['*'], principalId: worker.id } })).codes,
        ).toEqual(['NOT_FOUND']);
        for (const field of ['revokeApiKey', 'rotateApiKey']) {
          const select = field === 'revokeApiKey' ? 'id' : 'secret';
          expect(
            (await graph.ask(secret, `mutation ($id: ID!) { ${field}(id: $id) { ${select} } }`, { id: worker.keyId }))
              .codes,
          ).toEqual(['NOT_FOUND']);
        }
        await expect(graph.authenticate(worker.secret)).resolves.toBeDefined();
      });

      it('is not resolved by reference', async () => {
        const { principalId, tenantId } = await graph.tenant();
        const { me } = await graph.get(admin, '{ me { id tenant { id } } }');
        const entities = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Principal { id permissions } ... on Tenant { id name } } }`;
        const of = [
          { __typename: 'Principal', id: principalId },
          { __typename: 'Tenant', id: tenantId },
          { __typename: 'Principal', id: me.id },
          { __typename: 'Tenant', id: me.tenant.id },
        ];
        const { _entities } = await graph.get(admin, entities, { of });
        expect(_entities.map((entity: { id: string } | null) => entity?.id)).toEqual([
          undefined,
          undefined,
          me.id,
          me.tenant.id,
        ]);
      });

      it('is kept apart by the database itself, where a query forgets to', async () => {
        const [one, other] = [await graph.tenant(), await graph.tenant()];
        const as = (tenantId: string, sql: string, values: unknown[] = []) =>
          graph.platform.db.transaction({ tenantId }, (manager) => manager.query(sql, values));
        for (const table of ['tenant', 'principal', 'role', 'principal_role', 'api_key', 'audit_log', 'audit_head']) {
          const seen: { tenant_id: string }[] = await as(one.tenantId, `select tenant_id from ${table}`);
          expect(new Set(seen.map((row) => row.tenant_id)), table).toEqual(new Set([one.tenantId]));
        }
        const foreign = as(
          one.tenantId,
          `insert into principal (id, tenant_id, kind, name, created_at) values ('prin_x', $1, 'USER', 'x', now())`,
          [other.tenantId],
        );
        await expect(foreign).rejects.toThrow('row-level security');
        // The database checks references past row-level security: they carry the tenant.
        const pointing = as(
          one.tenantId,
          `insert into principal_role (tenant_id, principal_id, role_id) select tenant_id, $1, id from role limit 1`,
          [other.principalId],
        );
        await expect(pointing).rejects.toThrow('foreign key');
        await as(one.tenantId, 'update api_key set revoked_at = now()');
        await expect(graph.authenticate(other.secret)).resolves.toBeDefined();
      });
    });

    it('every field declares who may ask for it', () => {
      expect(
        unguarded(graph.security.schema, ['Tenant', 'Principal', 'SecurityEvent', 'Threat', 'ComplianceReport']),
      ).toEqual([]);
    });

    it('what is not there yet says so and does not pretend', async () => {
      const range = 'from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z"';
      for (const source of [
        `{ detectAnomalies(${range}) { id } }`,
        '{ encryptionKeys { keyId } }',
        'mutation { scan(input: { text: "x" }) { verdict } }',
        `mutation { detectThreats(${range}) { id } }`,
        `mutation { generateComplianceReport(framework: SOC2, ${range}) { id } }`,
        'mutation { rotateEncryptionKey { keyId } }',
        'mutation { setQuota(name: "x", limit: 1) { id } }',
        'mutation { exportSubjectData(subject: "x") }',
        'mutation { eraseSubjectData(subject: "x") }',
      ]) {
        const { errors, codes } = await graph.ask(admin, source);
        expect(codes, source).toEqual(['UNAVAILABLE']);
        expect(errors[0]?.extensions['retryable']).toBe(false);
        expect(errors[0]?.message).toContain('not there yet');
      }
      expect(await graph.get(admin, '{ threats { id } }')).toEqual({ threats: [] });
    });
  });
}

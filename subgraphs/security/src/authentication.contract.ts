import type { Platform } from '@agentos/platform';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { isApiKeySecret } from './domain/api-key.js';
import { asOwner } from './fixtures/as-owner.js';
import { Graph } from './fixtures/graph.js';
import { createAuthenticator } from './index.js';

/** What a key opens, and for how long. */
export function authenticationContract(open: () => Platform): void {
  describe('an API key', () => {
    let graph: Graph;
    let admin: string;
    beforeAll(async () => {
      graph = new Graph(open());
      admin = (await graph.tenant()).secret;
    });

    const later = (ms: number) => ({ now: () => new Date(Date.now() + ms) });
    const refused = {
      code: 'UNAUTHENTICATED',
      message: 'The API key is not valid: it is unknown, has expired or was revoked.',
    };

    it('stands for its principal, with what its roles allow', async () => {
      const { id, secret } = await graph.principal(admin, ['agent']);
      const caller = await graph.authenticate(secret);
      expect(caller.principal).toEqual({ id, kind: 'AGENT', name: 'worker' });
      expect(caller.permissions).toContain('memory:write');
      expect(caller.permissions).not.toContain('security:read');
    });

    it('is kept as a hash alone, and made so that scanners recognise it', async () => {
      const { secret } = await graph.key(admin, {});
      expect(isApiKeySecret(secret)).toBe(true);
      const rows = await asOwner(graph.platform.db, (manager) => manager.query('select k::text as row from api_key k'));
      expect(JSON.stringify(rows)).not.toContain(secret.split('_')[3]);
    });

    it('does no more than its scopes say, but can always ask who it is', async () => {
      const { secret } = await graph.principal(admin, ['developer'], ['memory:read', 'security:read']);
      // security:read is in the scopes, but the principal's role does not have it.
      expect([...(await graph.authenticate(secret)).permissions].sort()).toEqual(['memory:read', 'self:read']);
      const { me } = await graph.get(
        secret,
        '{ me { name permissions roles { name } tenant { name quotas { name } } } }',
      );
      expect(me).toEqual({
        name: 'worker',
        permissions: ['memory:read', 'self:read'],
        roles: [{ name: 'developer' }],
        tenant: { name: 'a tenant', quotas: [] },
      });
    });

    it('reads the answer to what it may write', async () => {
      const { secret } = await graph.principal(admin, ['agent'], ['audit:write']);
      const { logSecurityEvent } = await graph.get(
        secret,
        'mutation { logSecurityEvent(input: { type: "t", action: "a", outcome: ALLOWED }) { id sequence principal { name } } }',
      );
      expect(logSecurityEvent.principal).toEqual({ name: 'worker' });
    });

    it('ends when it expires, and not before', async () => {
      const { secret } = await graph.key(admin, { expiresInSeconds: 60 });
      await expect(graph.authenticate(secret, later(50_000))).resolves.toBeDefined();
      await expect(graph.authenticate(secret, later(61_000))).rejects.toMatchObject(refused);
    });

    it('ends when it is remembered, too', async () => {
      const { secret } = await graph.key(admin, { expiresInSeconds: 60 });
      let now = Date.now();
      const authenticator = createAuthenticator({
        ...graph.platform,
        clock: { now: () => new Date(now) },
        elapsedMs: () => 0,
      });
      await expect(authenticator.authenticate(secret)).resolves.toBeDefined();
      now += 61_000;
      await expect(authenticator.authenticate(secret)).rejects.toMatchObject(refused);
      await authenticator.close();
    });

    it('that was revoked opens nothing after a second, wherever it is remembered', async () => {
      const { keyId, secret } = await graph.key(admin, {});
      let elapsed = 0;
      const authenticator = createAuthenticator({ ...graph.platform, elapsedMs: () => elapsed });
      await authenticator.authenticate(secret);
      await graph.get(admin, 'mutation ($id: ID!) { revokeApiKey(id: $id) { revokedAt } }', { id: keyId });
      elapsed = 1000;
      await expect(authenticator.authenticate(secret)).rejects.toMatchObject(refused);
      await authenticator.close();
    });

    it('is looked up once for all that ask within a second', async () => {
      const { secret } = await graph.key(admin, {});
      const lookUps = vi.spyOn(graph.platform.db, 'system');
      const authenticator = createAuthenticator({ ...graph.platform, elapsedMs: () => 0 });
      await Promise.all(Array.from({ length: 50 }, () => authenticator.authenticate(secret)));
      expect(lookUps).toHaveBeenCalledTimes(1);
      lookUps.mockRestore();
      await authenticator.close();
    });

    it('is asked for again after the database was away', async () => {
      const { secret } = await graph.key(admin, {});
      const authenticator = createAuthenticator(graph.platform);
      const away = vi.spyOn(graph.platform.db, 'system').mockRejectedValueOnce(new Error('away'));
      await expect(authenticator.authenticate(secret)).rejects.toThrow('away');
      away.mockRestore();
      await expect(authenticator.authenticate(secret)).resolves.toBeDefined();
      await authenticator.close();
    });

    it('is refused with the same words whatever is wrong with it', async () => {
      const { secret } = await graph.key(admin, {});
      const wrong = [
        `${secret}x`,
        secret.slice(0, -1),
        secret.toLowerCase(),
        'an-unknown-text-of-some-length',
        '',
        'short',
        'x'.repeat(10_000),
        '\0'.repeat(20),
        "' or 1=1 or hash = '",
        'ключ-не-в-ascii-совсем',
      ];
      for (const token of wrong) await expect(graph.authenticate(token)).rejects.toMatchObject(refused);
    });

    it('tells when it was last used, without a write for each request', async () => {
      const { keyId, secret } = await graph.key(admin, {});
      const authenticator = createAuthenticator(graph.platform);
      const writes = vi.spyOn(graph.platform.db, 'transaction');
      for (let use = 0; use < 20; use += 1) await authenticator.authenticate(secret);
      expect(writes).not.toHaveBeenCalled();
      await authenticator.close();
      expect(writes).toHaveBeenCalledTimes(1);
      writes.mockRestore();
      const { apiKeys } = await graph.get(admin, '{ apiKeys(first: 1000) { id lastUsedAt } }');
      expect(apiKeys.find((key: { id: string }) => key.id === keyId).lastUsedAt).not.toBeNull();
    });

    it('is looked up by a role that sees nothing else', async () => {
      const look = (sql: string) => graph.platform.db.system((manager) => manager.query(sql));
      for (const sql of [
        'select name from api_key',
        'select * from principal',
        'select name from tenant',
        'update api_key set revoked_at = null',
        'delete from api_key',
      ]) {
        await expect(look(sql), sql).rejects.toThrow('permission denied');
      }
    });
  });

  describe('a rotated key', () => {
    let graph: Graph;
    let admin: string;
    beforeAll(async () => {
      graph = new Graph(open());
      admin = (await graph.tenant()).secret;
    });
    const rotate =
      'mutation ($id: ID!, $grace: Int) { rotateApiKey(id: $id, graceSeconds: $grace) { secret apiKey { id name scopes expiresAt } } }';

    it('opens for the grace time beside the new one, which is like it', async () => {
      const old = await graph.key(admin, { name: 'ci', scopes: ['memory:read'] });
      const { rotateApiKey } = await graph.get(admin, rotate, { id: old.keyId, grace: 60 });
      expect(rotateApiKey.apiKey).toMatchObject({ name: 'ci', scopes: ['memory:read'], expiresAt: null });
      const after = (ms: number) => ({ now: () => new Date(Date.now() + ms) });
      await expect(graph.authenticate(old.secret, after(50_000))).resolves.toBeDefined();
      await expect(graph.authenticate(old.secret, after(61_000))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
      await expect(graph.authenticate(rotateApiKey.secret, after(61_000))).resolves.toBeDefined();
    });

    it('opens nothing at once where there is no grace', async () => {
      const old = await graph.key(admin, {});
      await graph.get(admin, rotate, { id: old.keyId, grace: 0 });
      await expect(graph.authenticate(old.secret)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
      expect((await graph.ask(admin, rotate, { id: old.keyId, grace: 0 })).codes).toEqual(['CONFLICT']);
      expect((await graph.ask(admin, rotate, { id: old.keyId, grace: -1 })).codes).toEqual(['BAD_USER_INPUT']);
    });

    it('is not handed to who may do less than it', async () => {
      const { createRole } = await graph.get(
        admin,
        'mutation { createRole(input: { name: "keys", permissions: ["security:admin", "security:read"] }) { name } }',
      );
      const keeper = await graph.principal(admin, [createRole.name], ['security:admin', 'security:read']);
      const { apiKeys } = await graph.get(admin, '{ apiKeys { id scopes } }');
      const powerful = apiKeys.find((key: { scopes: string[] }) => key.scopes.includes('*'));
      expect((await graph.ask(keeper.secret, rotate, { id: powerful.id, grace: 60 })).codes).toEqual(['FORBIDDEN']);
    });
  });
}

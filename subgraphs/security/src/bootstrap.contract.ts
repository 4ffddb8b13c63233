import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { builtInRoles } from '@agentos/kernel';
import type { Platform } from '@agentos/platform';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { isApiKeySecret } from './domain/api-key.js';
import { asOwner } from './fixtures/as-owner.js';
import { bootstrapFirstTenant, createAuthenticator, provisionTenant } from './index.js';

/** How the first key comes to be, and that nobody is locked out. */
export function bootstrapContract(open: () => Platform): void {
  describe('bootstrap', () => {
    let platform: Platform;
    beforeAll(() => {
      platform = open();
    });

    /** As new: opening a database for each test would cost seconds. */
    beforeEach(async () => {
      await asOwner(platform.db, (manager) => manager.query('truncate tenant cascade'));
      await rm(file(), { force: true });
    });

    const start = (key?: string) => bootstrapFirstTenant({ ...platform, key });
    const whoIs = (token: string) => createAuthenticator(platform).authenticate(token);
    const file = () => join(platform.dataDir, 'bootstrap-api-key');

    describe('the first key', () => {
      it('is made at the first start, printed once and kept for the owner of the folder alone', async () => {
        const { created, secret = '', tenantId } = await start();
        expect(created).toBe(true);
        expect(isApiKeySecret(secret)).toBe(true);
        expect((await readFile(file(), 'utf8')).trim()).toBe(secret);
        expect((await stat(file())).mode & 0o777).toBe(0o600);
        const caller = await whoIs(secret);
        expect(caller).toMatchObject({ tenantId, principal: { kind: 'USER', name: 'admin' } });
        expect([...caller.permissions].sort()).toEqual([...builtInRoles.admin].sort());

        expect(await start()).toEqual({ created: false, tenantId });
        expect((await whoIs(secret)).principal).toEqual(caller.principal);
      });

      it('is what the environment says, and then nothing is written down or printed', async () => {
        const key = 'any-text-of-the-operator';
        const first = await start(key);
        expect(first).toEqual({ created: true, tenantId: first.tenantId });
        await expect(stat(file())).rejects.toThrow('ENOENT');
        expect((await whoIs(key)).tenantId).toBe(first.tenantId);
        expect(await start(key)).toEqual({ created: false, tenantId: first.tenantId });
      });

      it('another value at a later start opens the same tenant, beside the first', async () => {
        const { tenantId } = await start('the-first-value-of-it');
        await start('another-value-of-it');
        const [first, second] = await Promise.all([whoIs('the-first-value-of-it'), whoIs('another-value-of-it')]);
        expect(second).toMatchObject({ tenantId, principal: first.principal });
      });

      it('survives a crash between keeping the key and making the tenant', async () => {
        const kill = vi.spyOn(platform.db, 'transaction').mockRejectedValueOnce(new Error('killed'));
        await expect(start()).rejects.toThrow('killed');
        kill.mockRestore();
        const kept = (await readFile(file(), 'utf8')).trim();
        expect(await start()).toMatchObject({ created: true, secret: kept });
        await expect(whoIs(kept)).resolves.toBeDefined();
      });

      it('two processes that start at once make one tenant, and the key of each opens it', async () => {
        const [first, second] = await Promise.all([start('the-key-of-one-process'), start('the-key-of-the-other')]);
        expect(first.tenantId).toBe(second.tenantId);
        expect([first.created, second.created].sort()).toEqual([false, true]);
        expect((await whoIs('the-key-of-one-process')).tenantId).toBe(first.tenantId);
        expect((await whoIs('the-key-of-the-other')).tenantId).toBe(first.tenantId);
      });

      it('one that was revoked stays so when the server starts with it again', async () => {
        const key = 'a-key-that-leaked-out';
        const { tenantId } = await start(key);
        await platform.db.transaction({ tenantId }, (manager) =>
          manager.query('update api_key set revoked_at = now()'),
        );
        await start(key);
        await expect(whoIs(key)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
        await start('the-next-value-of-it');
        await expect(whoIs('the-next-value-of-it')).resolves.toMatchObject({ tenantId });
      });

      it('a lost administrator is made anew', async () => {
        const { tenantId } = await start('the-first-value-of-it');
        await platform.db.transaction({ tenantId }, (manager) => manager.query('delete from principal_role'));
        await start('another-value-of-it');
        expect((await whoIs('another-value-of-it')).permissions).toContain('security:admin');
      });

      it('is refused where no Authorization header could carry it', async () => {
        await expect(start('too-short')).rejects.toThrow('16 to 512 visible ASCII characters');
        await expect(start('with spaces in it, so useless')).rejects.toThrow('16 to 512 visible ASCII characters');
      });

      it('is made anew where a full disk left its file empty, and not where the file was lost later', async () => {
        await writeFile(file(), '');
        const { secret = '' } = await start();
        await expect(whoIs(secret)).resolves.toBeDefined();
        await rm(file());
        expect((await start()).created).toBe(false);
      });
    });

    describe('a second tenant', () => {
      it('has an administrator and a key of its own', async () => {
        await start('the-key-of-the-first');
        const other = await provisionTenant(platform.db, 'other');
        expect(await whoIs(other.secret)).toMatchObject({
          tenantId: other.tenantId,
          principal: { id: other.principalId },
        });
        expect((await whoIs('the-key-of-the-first')).tenantId).not.toBe(other.tenantId);
        await expect(provisionTenant(platform.db, 'third', { key: other.secret })).rejects.toMatchObject({
          code: 'CONFLICT',
        });
      });
    });
  });
}

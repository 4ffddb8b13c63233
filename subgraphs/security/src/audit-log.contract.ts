import { createPublicKey, verify } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Platform } from '@agentos/platform';
import { testContext } from '@agentos/platform/testing';
import type { EntityManager } from 'typeorm';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { asOwner } from './fixtures/as-owner.js';
import { Graph } from './fixtures/graph.js';
import { AuditVerifier, signedText } from './service/audit-verification.js';

/** That the log tells the truth, and tells when it was bent. */
export function auditLogContract(open: () => Platform): void {
  describe('audit', () => {
    let graph: Graph;
    let tenantId: string;
    let admin: string;
    beforeAll(() => {
      graph = new Graph(open());
    });
    beforeEach(async () => {
      ({ tenantId, secret: admin } = await graph.tenant());
    });

    const log =
      'mutation ($input: LogSecurityEventInput!) { logSecurityEvent(input: $input) { id sequence hash previousHash severity details principal { name } } }';
    const write = (action: string, more: Record<string, unknown> = {}) =>
      graph.get(admin, log, { input: { type: 'test', action, outcome: 'SUCCEEDED', ...more } });
    const check = async (range = '') =>
      (await graph.get(admin, `{ verifyAuditLog${range} { intact checked brokenAt head signature } }`)).verifyAuditLog;

    /** Ten lines: one of the tenant's making, nine of changes of which each has the reported line and its own. */
    async function tenLines(): Promise<void> {
      for (let n = 0; n < 4; n += 1) await write(`line ${n}`);
      await graph.get(admin, 'mutation { createRole(input: { name: "r", permissions: [] }) { id } }');
    }

    /** As a database administrator who knows the triggers. */
    const tamper = (work: (manager: EntityManager) => Promise<unknown>) =>
      asOwner(graph.platform.db, async (manager) => {
        await manager.query('alter table audit_log disable trigger user');
        await work(manager);
        await manager.query('alter table audit_log enable trigger user');
      });
    const change = (set: string, sequence: number) =>
      tamper((manager) =>
        manager.query(`update audit_log set ${set} where tenant_id = $1 and seq = $2`, [tenantId, sequence]),
      );

    describe('the audit log', () => {
      it('has a line for every change, in the name of who made it', async () => {
        await tenLines();
        const { securityEvents } = await graph.get(
          admin,
          '{ securityEvents { totalCount nodes { sequence type action outcome resource principal { name } hash previousHash } } }',
        );
        const { nodes } = securityEvents;
        expect(securityEvents.totalCount).toBe(10);
        expect(nodes.map((line: { sequence: number }) => line.sequence)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
        expect(nodes[0]).toMatchObject({
          type: 'change',
          action: 'createRole',
          outcome: 'SUCCEEDED',
          principal: { name: 'admin' },
        });
        for (let n = 0; n < 9; n += 1) expect(nodes[n].previousHash).toBe(nodes[n + 1].hash);
      });

      it('names the key that was made or ended', async () => {
        const { keyId } = await graph.key(admin, {});
        const { securityEvents } = await graph.get(admin, '{ securityEvents(first: 1) { nodes { action resource } } }');
        expect(securityEvents.nodes).toEqual([{ action: 'createApiKey', resource: keyId }]);
      });

      it('is filtered and paged', async () => {
        for (const severity of ['INFO', 'HIGH', 'CRITICAL']) await write('seen', { severity });
        const page = async (arguments_: string) =>
          (
            await graph.get(
              admin,
              `{ securityEvents(${arguments_}) { totalCount nodes { severity type } pageInfo { hasNextPage endCursor } } }`,
            )
          ).securityEvents;
        const severe = await page('filter: { minSeverity: HIGH, types: ["test"] }, first: 1');
        expect(severe).toMatchObject({
          totalCount: 2,
          nodes: [{ severity: 'CRITICAL' }],
          pageInfo: { hasNextPage: true },
        });
        const rest = await page(
          `filter: { minSeverity: HIGH, types: ["test"] }, first: 1, after: "${severe.pageInfo.endCursor}"`,
        );
        expect(rest).toMatchObject({ totalCount: 2, nodes: [{ severity: 'HIGH' }], pageInfo: { hasNextPage: false } });
        expect((await page('filter: { to: "2020-01-01T00:00:00Z" }')).totalCount).toBe(0);
        expect((await page('filter: { from: "2020-01-01T00:00:00Z", outcome: SUCCEEDED }')).totalCount).toBe(7);
        for (const wrong of ['first: -1', 'first: 5000', 'after: "x"', 'filter: { principalId: "x" }']) {
          expect((await graph.ask(admin, `{ securityEvents(${wrong}) { totalCount } }`)).codes, wrong).toEqual([
            'BAD_USER_INPUT',
          ]);
        }
      });

      it('takes what callers report, but nothing that looks like its own', async () => {
        const { logSecurityEvent } = await write('login', {
          severity: 'LOW',
          details: { attempts: 3, note: 'odd \u0000 " \\ \u2028 é 😀' },
        });
        expect(logSecurityEvent).toMatchObject({
          severity: 'LOW',
          details: { attempts: 3 },
          principal: { name: 'admin' },
        });
        const forged = await graph.ask(admin, log, { input: { type: 'change', action: 'x', outcome: 'SUCCEEDED' } });
        expect(forged.codes).toEqual(['BAD_USER_INPUT']);
        const huge = await graph.ask(admin, log, {
          input: { type: 'test', action: 'x', outcome: 'FAILED', details: 'x'.repeat(20_000) },
        });
        expect(huge.codes).toEqual(['BAD_USER_INPUT']);
        expect(await check()).toMatchObject({ intact: true });
      });

      it('cannot be changed by the role that requests run as, nor by anyone without force', async () => {
        await write('x');
        const as = (sql: string) => graph.platform.db.transaction({ tenantId }, (manager) => manager.query(sql));
        for (const sql of [`update audit_log set action = 'y'`, 'delete from audit_log', 'truncate audit_log']) {
          await expect(as(sql), sql).rejects.toThrow('permission denied');
          await expect(
            asOwner(graph.platform.db, (manager) => manager.query(sql)),
            sql,
          ).rejects.toThrow('append-only');
        }
      });

      it('has no gap and no fork after many writers at once', async () => {
        await Promise.all(Array.from({ length: 30 }, (_, n) => write(`at once ${n}`)));
        expect(await check()).toMatchObject({ intact: true, checked: 61 });
      });
    });

    describe('verifyAuditLog', () => {
      it('finds an honest log whole and signs its head', async () => {
        await tenLines();
        const found = await check();
        expect(found).toMatchObject({ intact: true, checked: 10, brokenAt: null });
        const { securityEvents } = await graph.get(admin, '{ securityEvents(first: 1) { nodes { hash } } }');
        expect(found.head).toBe(securityEvents.nodes[0].hash);

        const { dataDir } = graph.platform;
        expect((await stat(join(dataDir, 'audit-signing-key.pem'))).mode & 0o777).toBe(0o600);
        const publicKey = createPublicKey(await readFile(join(dataDir, 'audit-signing-key.pub.pem')));
        const vouched = (text: string) =>
          verify(null, Buffer.from(text), publicKey, Buffer.from(found.signature, 'base64url'));
        const statement = { tenantId, from: 1n, to: 10n, head: found.head };
        expect(vouched(signedText(statement))).toBe(true);
        expect(vouched(signedText({ ...statement, to: 9n }))).toBe(false);
      });

      it('reads a part of it', async () => {
        await tenLines();
        expect(await check('(from: 3, to: 5)')).toMatchObject({ intact: true, checked: 3 });
        expect(await check('(from: 8)')).toMatchObject({ intact: true, checked: 3 });
        expect(await check('(from: 11)')).toMatchObject({ intact: true, checked: 0 });
        expect(await check('(from: 500)')).toMatchObject({ intact: true, checked: 0 });
        for (const wrong of ['(from: 0)', '(from: -1)', '(from: 5, to: 4)']) {
          expect((await graph.ask(admin, `{ verifyAuditLog${wrong} { intact } }`)).codes, wrong).toEqual([
            'BAD_USER_INPUT',
          ]);
        }
        await change(`action = 'nothing happened'`, 7);
        expect(await check('(to: 6)')).toMatchObject({ intact: true, checked: 6 });
        expect(await check('(from: 8)')).toMatchObject({ intact: true });
        expect(await check('(from: 7)')).toMatchObject({ intact: false, brokenAt: 7 });
      });

      it.each([
        ['what was done', `action = 'nothing happened'`],
        ['who did it', 'principal_id = null'],
        ['how it ended', `outcome = 'FAILED'`],
        ['when', `at = '2020-01-01T00:00:00.000Z'`],
        ['what it came after', `prev_hash = repeat('0', 64)`],
        ['the details', `details = '{}'`],
        ['its own hash', `hash = repeat('f', 64)`],
      ])('names a line of which was changed: %s', async (_what, set) => {
        await tenLines();
        await change(set, 4);
        expect(await check()).toMatchObject({ intact: false, brokenAt: 4, signature: '' });
      });

      it('names the first line that does not fit where one was changed and hashed anew', async () => {
        await tenLines();
        await change(`action = 'x', hash = encode(sha256('made up'), 'hex')`, 9);
        expect(await check()).toMatchObject({ intact: false, brokenAt: 9 });
      });

      it.each([
        ['in the middle', 5],
        ['at the start', 1],
        ['at the end', 10],
      ])('names a line that was removed %s', async (_where, sequence) => {
        await tenLines();
        await tamper((manager) =>
          manager.query('delete from audit_log where tenant_id = $1 and seq = $2', [tenantId, sequence]),
        );
        expect(await check()).toMatchObject({ intact: false, brokenAt: sequence });
      });

      it('names the first of two lines that were swapped', async () => {
        await tenLines();
        await tamper(async (manager) => {
          for (const [from, to] of [
            [4, -1],
            [6, 4],
            [-1, 6],
          ]) {
            await manager.query('update audit_log set seq = $3 where tenant_id = $1 and seq = $2', [
              tenantId,
              from,
              to,
            ]);
          }
        });
        expect(await check()).toMatchObject({ intact: false, brokenAt: 4 });
      });

      it('sees that the tail was cut, also where the head was set back to hide it', async () => {
        await tenLines();
        const before = await check();
        await tamper((manager) => manager.query('delete from audit_log where tenant_id = $1 and seq > 7', [tenantId]));
        expect(await check()).toMatchObject({ intact: false, brokenAt: 8 });
        await tamper((manager) =>
          manager.query(
            'update audit_head set (seq, hash) = (select seq, hash from audit_log l where l.tenant_id = $1 and seq = 7) where tenant_id = $1',
            [tenantId],
          ),
        );
        expect(await check()).toMatchObject({ intact: false, brokenAt: 8 });
        expect(before.intact).toBe(true);
      });

      it('sees that a part that was verified before was written anew', async () => {
        await tenLines();
        await check();
        await tamper(async (manager) => {
          await manager.query('delete from audit_log where tenant_id = $1 and seq > 6', [tenantId]);
          await manager.query(
            'update audit_head set (seq, hash) = (select seq, hash from audit_log l where l.tenant_id = $1 and seq = 6) where tenant_id = $1',
            [tenantId],
          );
        });
        for (let n = 0; n < 4; n += 1) await write('another story');
        expect(await check()).toMatchObject({ intact: false, brokenAt: 10 });
      });

      it('sees lines that no head counts, and a log that was emptied', async () => {
        await tenLines();
        await tamper((manager) =>
          manager.query(
            'update audit_head set (seq, hash) = (select seq, hash from audit_log l where l.tenant_id = $1 and seq = 8) where tenant_id = $1',
            [tenantId],
          ),
        );
        expect(await check()).toMatchObject({ intact: false, brokenAt: 9 });
        await tamper(async (manager) => {
          await manager.query('delete from audit_log where tenant_id = $1', [tenantId]);
          await manager.query('delete from audit_head where tenant_id = $1', [tenantId]);
        });
        expect(await check()).toMatchObject({ intact: false, brokenAt: 1 });
      });

      it('finds the same when it reads in many batches', async () => {
        await tenLines();
        const verifier = (batchLines: number) =>
          new AuditVerifier(
            graph.platform.db,
            { sign: async () => 'signed' },
            { find: async () => undefined, keep: async () => {} },
            batchLines,
          );
        for (const batchLines of [1, 3, 5, 10, 11]) {
          expect(await verifier(batchLines).verify({ ...testContext(), tenantId }, {})).toMatchObject({
            intact: true,
            checked: 10n,
          });
        }
        await change(`severity = 'LOW'`, 7);
        for (const batchLines of [1, 3, 6, 7]) {
          expect(await verifier(batchLines).verify({ ...testContext(), tenantId }, {})).toMatchObject({
            checked: 7n,
            brokenAt: 7n,
          });
        }
      });

      it('takes no checkpoint that this server did not sign', async () => {
        await tenLines();
        await check();
        const path = join(graph.platform.dataDir, 'audit-checkpoints', tenantId);
        await writeFile(path, (await readFile(path, 'utf8')).replace(/^\d+/, '99'));
        expect(await check()).toMatchObject({ intact: true, checked: 10 });
      });
    });
  });
}

import { newId, type RequestContext } from '@agentos/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashOf } from '../audit/index.js';
import { onceOnly } from '../idempotency/index.js';
import type { Platform } from '../platform.js';
import { testContext } from '../testing/test-platform.js';
import { isolateByTenant, type Persistence, sqlMigration, sqlState } from './index.js';

const persistence: Persistence = {
  entities: [],
  migrations: [
    sqlMigration(
      'Note1763900000000',
      `create table note (id text primary key, tenant_id text not null, text text not null); ${isolateByTenant('note')}`,
    ),
  ],
};

/** What the platform promises of its database, whichever it is. */
export function databaseContract(open: (persistence: readonly Persistence[]) => Promise<Platform>): void {
  let platform: Platform;
  beforeAll(async () => {
    platform = await open([persistence]);
  });
  afterAll(() => platform[Symbol.asyncDispose]());

  const insert = (ctx: RequestContext, id: string, tenantId = ctx.tenantId) =>
    platform.db.transaction(ctx, (manager) =>
      manager.query('insert into note values ($1, $2, $3)', [id, tenantId, 'text']),
    );
  const all = (ctx: RequestContext): Promise<{ id: string }[]> =>
    platform.db.read(ctx, (manager) => manager.query('select id from note order by id'));

  describe('row-level security', () => {
    it('shows a tenant its own rows, with no where clause', async () => {
      const [a, b] = [testContext(), testContext()];
      const id = newId('mem');
      await insert(a, id);
      expect(await all(a)).toEqual([{ id }]);
      expect(await all(b)).toEqual([]);
    });

    it('takes no row for another tenant, changes none and deletes none', async () => {
      const [a, b] = [testContext(), testContext()];
      const id = newId('mem');
      await insert(a, id);
      await expect(insert(b, newId('mem'), a.tenantId)).rejects.toSatisfy((error) => sqlState(error) === '42501');
      await platform.db.transaction(b, (manager) => manager.query(`update note set text = 'stolen'`));
      await platform.db.transaction(b, (manager) => manager.query('delete from note'));
      expect(await all(a)).toEqual([{ id }]);
    });

    it('is on for every table, with no role that could pass it by', async () => {
      const tables: { relname: string }[] = await platform.db.system((manager) =>
        manager.query(
          `select relname from pg_class where relkind in ('r', 'p') and relnamespace = current_schema()::regnamespace
             and relname not in ('agentos_migration') and not (relrowsecurity and relforcerowsecurity)`,
        ),
      );
      expect(tables).toEqual([]);
      const roles = await platform.db.system((manager) =>
        manager.query(
          `select rolname from pg_roles where rolname like 'agentos\\_%' and (rolsuper or rolbypassrls or rolcanlogin)`,
        ),
      );
      expect(roles).toEqual([]);
    });
  });

  describe('transactions', () => {
    it('an inner one joins the outer one and is undone with it', async () => {
      const ctx = testContext();
      await expect(
        platform.db.transaction(ctx, async () => {
          await insert(ctx, newId('mem'));
          throw new Error('undone');
        }),
      ).rejects.toThrow('undone');
      expect(await all(ctx)).toEqual([]);
    });

    it('many at once are all served', async () => {
      const ctx = testContext();
      await Promise.all(Array.from({ length: 50 }, () => insert(ctx, newId('mem'))));
      expect(await all(ctx)).toHaveLength(50);
    });

    it('opening one of another tenant inside is a mistake that says so and does not hang', async () => {
      const ctx = testContext();
      await expect(platform.db.transaction(ctx, () => all(testContext()))).rejects.toThrow(
        /must not open one of another/,
      );
    });

    it('what was to be done after the commit is not done where there was none', async () => {
      const ctx = testContext();
      let done = 0;
      await platform.db.transaction(ctx, async () => platform.db.afterCommit(() => (done += 1)));
      await platform.db
        .transaction(ctx, async () => {
          platform.db.afterCommit(() => (done += 1));
          throw new Error('undone');
        })
        .catch(() => {});
      expect(done).toBe(1);
    });

    it('a character that cannot be stored is the caller’s mistake', async () => {
      const ctx = testContext();
      await expect(insert(ctx, 'a\0b')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    });
  });

  describe('idempotency', () => {
    const keyed = (fingerprint = 'body') => ({ ...testContext(), idempotency: { key: 'key', fingerprint } });

    it('an effect happens once, and the second gets the first result with its dates and big integers', async () => {
      const ctx = keyed();
      let effects = 0;
      const once = () =>
        platform.db.transaction(ctx, (manager) =>
          onceOnly(manager, ctx, 'store', async () => {
            effects += 1;
            return { at: new Date(0), size: 2n ** 40n };
          }),
        );
      expect(await once()).toEqual({ at: new Date(0), size: 2n ** 40n });
      expect(await once()).toEqual({ at: new Date(0), size: 2n ** 40n });
      expect(effects).toBe(1);
    });

    it('two at the same time have one effect', async () => {
      const ctx = keyed();
      let effects = 0;
      const once = () =>
        platform.db.transaction(ctx, (manager) => onceOnly(manager, ctx, 'store', async () => (effects += 1)));
      expect(await Promise.all([once(), once()])).toEqual([1, 1]);
    });

    it('what failed can be tried again', async () => {
      const ctx = keyed();
      const once = (work: () => Promise<string>) =>
        platform.db.transaction(ctx, (manager) => onceOnly(manager, ctx, 'store', work));
      await expect(once(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
      expect(await once(async () => 'done')).toBe('done');
    });
  });

  describe('the outbox', () => {
    const event = (key: string) => ({ topic: 'notes', key, type: 'CREATED', payload: { key } });
    const append = (ctx: RequestContext, key: string) =>
      platform.db.transaction(ctx, (manager) => platform.outbox.append(manager, ctx, [event(key)]));
    async function take(ctx: RequestContext, count: number, after?: number) {
      const stop = new AbortController();
      const seen: { seq: number; key: string }[] = [];
      for await (const { seq, key } of platform.outbox.tail(ctx, 'notes', { after, signal: stop.signal })) {
        seen.push({ seq, key });
        if (seen.length === count) break;
      }
      stop.abort();
      return seen;
    }

    it('gives what is stored after a position and then what comes, each once and in order', async () => {
      const ctx = testContext();
      await append(ctx, 'a');
      await append(ctx, 'b');
      const [first] = await take(ctx, 1, 0);
      const rest = take(ctx, 21, first?.seq);
      for (let index = 0; index < 20; index += 1) await append(ctx, `later-${index}`);
      const keys = (await rest).map(({ key }) => key);
      expect([first?.key, ...keys]).toEqual(['a', 'b', ...Array.from({ length: 20 }, (_, index) => `later-${index}`)]);
    });

    it('holds nothing of a transaction that was undone', async () => {
      const ctx = testContext();
      await platform.db
        .transaction(ctx, async (manager) => {
          await platform.outbox.append(manager, ctx, [event('ghost')]);
          throw new Error('undone');
        })
        .catch(() => {});
      await append(ctx, 'real');
      expect((await take(ctx, 1, 0)).map(({ key }) => key)).toEqual(['real']);
    });

    it('shows no other tenant’s events', async () => {
      const [a, b] = [testContext(), testContext()];
      const seen = take(b, 1, 0);
      await append(a, 'theirs');
      await append(b, 'mine');
      expect((await seen).map(({ key }) => key)).toEqual(['mine']);
    });
  });

  describe('the audit log', () => {
    it('chains each line to the one before, by a hash that can be computed outside', async () => {
      const ctx = testContext();
      for (const action of ['one', 'two', 'drei “ä” \\ " \n ☃']) {
        await platform.audit.record(ctx, { type: 'test', action, outcome: 'SUCCEEDED', details: { action } });
      }
      const rows: Record<string, string>[] = await platform.db.read(ctx, (manager) =>
        manager.query('select * from audit_log order by seq'),
      );
      expect(rows).toHaveLength(3);
      for (const row of rows) {
        expect(
          hashOf({
            tenantId: row['tenant_id'] as string,
            sequence: BigInt(row['seq'] as string),
            id: row['id'] as string,
            at: row['at'] as string,
            type: row['type'] as string,
            severity: row['severity'] as 'INFO',
            principalId: row['principal_id'] as string,
            action: row['action'] as string,
            resource: row['resource'] ?? null,
            outcome: row['outcome'] as 'SUCCEEDED',
            sourceIp: row['source_ip'] ?? null,
            traceId: row['trace_id'] ?? null,
            details: row['details'] ?? null,
            previousHash: row['prev_hash'] as string,
          }),
        ).toBe(row['hash']);
      }
      expect(rows[2]?.['prev_hash']).toBe(rows[1]?.['hash']);
    });

    it('has no gap under many writers', async () => {
      const ctx = testContext();
      const record = () => platform.audit.record(ctx, { type: 'test', action: 'x', outcome: 'SUCCEEDED' });
      await Promise.all(Array.from({ length: 20 }, record));
      const rows: { seq: string }[] = await platform.db.read(ctx, (manager) =>
        manager.query('select seq from audit_log order by seq'),
      );
      expect(rows.map((row) => Number(row.seq))).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    });

    it.each(['update audit_log set action = $1', 'delete from audit_log where action = $1'])(
      'refuses “%s”',
      async (statement) => {
        const ctx = testContext();
        await platform.audit.record(ctx, { type: 'test', action: 'x', outcome: 'SUCCEEDED' });
        await expect(platform.db.transaction(ctx, (manager) => manager.query(statement, ['x']))).rejects.toSatisfy(
          (error) => sqlState(error) === '42501',
        );
      },
    );
  });

  it('answers a ping', async () => {
    await expect(platform.db.ping()).resolves.toBeUndefined();
  });
}

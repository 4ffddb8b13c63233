import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { createTestPlatform, describeWithService } from '../testing/index.js';
import { databaseContract } from './database.contract.js';

describeWithService('postgres', 'PostgreSQL', (url) => {
  databaseContract(async (persistence) => {
    const name = `agentos_test_${randomBytes(6).toString('hex')}`;
    await onServer(url, `create database ${name}`);
    const own = new URL(url);
    own.pathname = `/${name}`;
    const platform = await createTestPlatform(persistence, { DATABASE_URL: own.href });
    return {
      ...platform,
      [Symbol.asyncDispose]: async () => {
        await platform[Symbol.asyncDispose]();
        await onServer(url, `drop database ${name} with (force)`);
      },
    };
  });
});

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement);
  await client.end();
}

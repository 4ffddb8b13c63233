import { randomBytes } from 'node:crypto';
import { createTestPlatform, describeWithService } from '@agentos/platform/testing';
import { DataSource } from 'typeorm';
import { coordinationContract } from './coordination.contract.js';
import { agentsPersistence } from './index.js';

describeWithService('postgres', 'agents on PostgreSQL', (url) => {
  coordinationContract(async () => {
    const name = `agentos_agents_${randomBytes(6).toString('hex')}`;
    await onServer(url, `create database ${name}`);
    const own = new URL(url);
    own.pathname = `/${name}`;
    const platform = await createTestPlatform([agentsPersistence], { DATABASE_URL: own.href });
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
  const server = await new DataSource({ type: 'postgres', url, installExtensions: false }).initialize();
  await server.query(statement);
  await server.destroy();
}

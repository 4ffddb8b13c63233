import { randomUUID } from 'node:crypto';
import type { Platform } from '@agentos/platform';
import { createTestPlatform, describeWithService } from '@agentos/platform/testing';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll } from 'vitest';
import { auditLogContract } from './audit-log.contract.js';
import { authenticationContract } from './authentication.contract.js';
import { bootstrapContract } from './bootstrap.contract.js';
import { identityContract } from './identity.contract.js';
import { securityPersistence } from './index.js';

describeWithService('postgres', 'security on PostgreSQL', (address) => {
  const name = `security_${randomUUID().replaceAll('-', '')}`;
  const server = new DataSource({ type: 'postgres', url: address, installExtensions: false });
  let platform: Platform;

  beforeAll(async () => {
    await server.initialize();
    await server.query(`create database ${name}`);
    const own = new URL(address);
    own.pathname = `/${name}`;
    platform = await createTestPlatform([securityPersistence], { DATABASE_URL: own.href });
  });
  afterAll(async () => {
    await platform?.[Symbol.asyncDispose]();
    await server.query(`drop database ${name}`);
    await server.destroy();
  });

  bootstrapContract(() => platform);
  authenticationContract(() => platform);
  identityContract(() => platform);
  auditLogContract(() => platform);
});

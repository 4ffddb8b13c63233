import type { Platform } from '@agentos/platform';
import { createTestPlatform } from '@agentos/platform/testing';
import { afterAll, beforeAll, describe } from 'vitest';
import { auditLogContract } from './audit-log.contract.js';
import { authenticationContract } from './authentication.contract.js';
import { bootstrapContract } from './bootstrap.contract.js';
import { identityContract } from './identity.contract.js';
import { securityPersistence } from './index.js';

describe('on the embedded database', () => {
  let platform: Platform;
  beforeAll(async () => {
    platform = await createTestPlatform([securityPersistence]);
  });
  afterAll(() => platform[Symbol.asyncDispose]());

  bootstrapContract(() => platform);
  authenticationContract(() => platform);
  identityContract(() => platform);
  auditLogContract(() => platform);
});

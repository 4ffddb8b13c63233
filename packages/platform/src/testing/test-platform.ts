import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtInRoles, newId, type RequestContext } from '@agentos/kernel';
import { readConfig } from '../config/index.js';
import { createPlatform, type Platform } from '../platform.js';
import type { Persistence } from '../sql/index.js';
import { createLogger } from '../telemetry/index.js';

/** A whole platform of embedded parts in a folder of its own, removed with it. */
export async function createTestPlatform(
  persistence: readonly Persistence[],
  env: Readonly<Record<string, string>> = {},
): Promise<Platform> {
  const folder = await mkdtemp(join(tmpdir(), 'agentos-test-'));
  const config = readConfig({ AGENTOS_DATA_DIR: folder, ...env });
  const platform = await createPlatform(config, persistence, { logger: createLogger('silent') });
  return {
    ...platform,
    [Symbol.asyncDispose]: async () => {
      await platform[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A request of a new tenant's administrator, or of whom `overrides` says. */
export function testContext(overrides: Partial<RequestContext> = {}): RequestContext {
  return {
    tenantId: newId('tenant'),
    principal: { id: newId('prin'), kind: 'USER', name: 'tester' },
    permissions: new Set(builtInRoles.admin),
    requestId: newId('evt'),
    traceId: '0'.repeat(32),
    signal: new AbortController().signal,
    ...overrides,
  };
}

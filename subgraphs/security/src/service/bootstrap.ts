import { badInput, type Clock, newId, type RequestContext, requireText, systemClock } from '@agentos/kernel';
import {
  Audit,
  ConfigurationError,
  conflictOnDuplicate,
  type Database,
  sqlState,
  uniqueViolation,
} from '@agentos/platform';
import type { EntityManager } from 'typeorm';
import { hashApiKey, isKeyText, newApiKeySecret } from '../domain/api-key.js';
import type { Principal } from '../domain/principal.js';
import { credentialStore } from '../store/credential-store.js';
import { keptSecret, readKeptSecret } from '../store/kept-secret.js';
import { tenantStore } from '../store/tenant-store.js';

export interface ProvisionedTenant {
  readonly tenantId: string;
  readonly principalId: string;
  /** The administrator's key, which is shown here and nowhere else. */
  readonly secret: string;
}

/**
 * Makes a tenant with its built-in roles, an administrator, and the administrator's key. For operators and tests: no
 * request can do it.
 * @param options.key the key to be; any text of 16 to 512 visible ASCII characters @default a new one
 * @throws AgentOSError CONFLICT where that key is in use
 */
export function provisionTenant(
  db: Database,
  name: string,
  options: { clock?: Clock; key?: string | undefined } = {},
): Promise<ProvisionedTenant> {
  return makeTenant(db, { ...options, name, clock: options.clock ?? systemClock, isFirst: false }).catch(
    conflictOnDuplicate('This key is in use: take another one.'),
  );
}

const keyFile = 'bootstrap-api-key';

export interface Bootstrap {
  readonly tenantId: string;
  /** Whether this call made the first tenant. */
  readonly created: boolean;
  /** The key that was made for it, to be printed once; absent where the caller gave one. */
  readonly secret?: string;
}

/**
 * Makes the first tenant, its administrator and the administrator's key, unless they are there.
 *
 * A key that is not given is kept in the data folder before the tenant is made, so that a crash in between locks nobody
 * out: the next start finds the file and goes on with it. At later starts the key that is given (or kept) is made an
 * administrator's key of the first tenant if it was never seen before: whoever sets the environment can always get back
 * in with a new value, beside the keys that are there. One that has been revoked stays revoked.
 * @param options.key AGENTOS_BOOTSTRAP_API_KEY: any text of 16 to 512 visible ASCII characters
 * @throws ConfigurationError where it is something else
 */
export async function bootstrapFirstTenant(options: {
  db: Database;
  clock: Clock;
  key?: string | undefined;
  dataDir: string;
}): Promise<Bootstrap> {
  const { db, clock, key, dataDir } = options;
  if (key !== undefined && !isKeyText(key)) throw new ConfigurationError([`AGENTOS_BOOTSTRAP_API_KEY: ${keyRule}`]);
  const firstTenant = () => db.system((manager) => credentialStore.firstTenantId(manager));
  let tenantId = await firstTenant();
  if (tenantId === undefined) {
    const secret = key ?? (await keptSecret(dataDir, keyFile, () => newApiKeySecret(newId('key'))));
    try {
      const made = await makeTenant(db, { name: 'default', clock, key: secret, isFirst: true });
      return { tenantId: made.tenantId, created: true, ...(key === undefined ? { secret } : {}) };
    } catch (error) {
      if (sqlState(error) !== uniqueViolation) throw error;
      // Another process was first; ours becomes one more key of the tenant that it made.
      tenantId = await firstTenant();
      if (tenantId === undefined) throw error;
    }
  }
  const secret = key ?? (await readKeptSecret(dataDir, keyFile));
  if (secret !== undefined) await ensureAdminKey(db, clock, tenantId, secret);
  return { tenantId, created: false };
}

async function makeTenant(
  db: Database,
  given: { name: string; clock: Clock; key?: string | undefined; isFirst: boolean },
): Promise<ProvisionedTenant> {
  const { clock, isFirst } = given;
  const name = requireText(given.name, 'name', { min: 1, max: 200 });
  const keyId = newId('key');
  const secret = requireKeyText(given.key ?? newApiKeySecret(keyId));
  const tenantId = newId('tenant');
  const now = clock.now();
  return db.transaction({ tenantId }, async (manager) => {
    await tenantStore.insert(manager, { id: tenantId, tenantId, name, isFirst, createdAt: now });
    const admin = await tenantStore.insertPrincipal(manager, {
      tenantId,
      kind: 'USER',
      name: 'admin',
      role: 'admin',
      now,
    });
    await tenantStore.insertKey(manager, { id: keyId, principal: admin, name: 'bootstrap', secret, now });
    await record(db, manager, clock, admin, { action: 'provisionTenant', resource: tenantId });
    return { tenantId, principalId: admin.id, secret };
  });
}

async function ensureAdminKey(db: Database, clock: Clock, tenantId: string, secret: string): Promise<void> {
  requireKeyText(secret);
  if (await db.system((manager) => credentialStore.isKnown(manager, hashApiKey(secret)))) return;
  const now = clock.now();
  await db
    .transaction({ tenantId }, async (manager) => {
      const admin =
        (await tenantStore.findAdmin(manager)) ??
        (await tenantStore.insertPrincipal(manager, { tenantId, kind: 'USER', name: 'admin', role: 'admin', now }));
      const keyId = newId('key');
      await tenantStore.insertKey(manager, { id: keyId, principal: admin, name: 'bootstrap', secret, now });
      await record(db, manager, clock, admin, { action: 'addBootstrapKey', resource: keyId });
    })
    .catch((error) => {
      // Another process that starts with the same key was first.
      if (sqlState(error) !== uniqueViolation) throw error;
    });
}

const keyRule =
  'must have 16 to 512 visible ASCII characters and no spaces, since no other fits an Authorization header';

function requireKeyText(key: string): string {
  if (isKeyText(key)) return key;
  throw badInput(`A key ${keyRule}.`);
}

/** In the name of the administrator, since nobody is signed in. */
async function record(
  db: Database,
  manager: EntityManager,
  clock: Clock,
  admin: Principal,
  line: { action: string; resource: string },
): Promise<void> {
  const ctx: RequestContext = {
    tenantId: admin.tenantId,
    principal: admin,
    permissions: new Set(),
    requestId: newId('evt'),
    traceId: '0'.repeat(32),
    signal: new AbortController().signal,
  };
  await new Audit(db, clock).append(manager, ctx, {
    type: 'bootstrap',
    ...line,
    outcome: 'SUCCEEDED',
    severity: 'MEDIUM',
  });
}

import { type Clock, type Permission, type Principal, unauthenticated } from '@agentos/kernel';
import type { Database, Logger } from '@agentos/platform';
import { hashApiKey, isKeyText, isUsable } from '../domain/api-key.js';
import { narrow, permissionsOfRoles } from '../domain/grants.js';
import { type Credential, credentialStore } from '../store/credential-store.js';
import { LastUse } from './last-use.js';

/** Who a valid credential stands for, and what it may do. */
export interface AuthenticatedCaller {
  readonly tenantId: string;
  readonly principal: Principal;
  readonly permissions: ReadonlySet<Permission>;
  readonly credentialId: string;
  readonly expiresAt?: Date;
}

export interface Authenticator {
  /** @throws AgentOSError UNAUTHENTICATED, with the same message whether the key is unknown, expired or revoked */
  authenticate(token: string): Promise<AuthenticatedCaller>;
  /** Writes down what is not written yet; call it before the database is closed. */
  close(): Promise<void>;
}

export interface AuthenticatorOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds that only ever grow, for the age of what is remembered. @default performance.now */
  readonly elapsedMs?: () => number;
}

/** A revocation, a lost role or a narrowed one is in force everywhere after this time. */
const rememberMs = 1_000; // 1 second
const rememberedKeys = 10_000;

interface Remembered {
  readonly sinceMs: number;
  readonly found: Promise<{ credential: Credential; caller: AuthenticatedCaller } | null>;
}

/**
 * Finds the caller of an API key. Keys are looked up by the SHA-256 of the whole text in an index, so how long it takes
 * tells nothing about how much of a guess was right.
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { db, clock, logger, elapsedMs = () => performance.now() } = options;
  const lastUse = new LastUse(db, logger);
  const remembered = new Map<string, Remembered>();

  async function lookUp(hash: string) {
    const credential = await db.system((manager) => credentialStore.findByHash(manager, hash));
    return credential && { credential, caller: callerOf(credential) };
  }

  /** Concurrent requests of one key share one look-up; its age counts from before it began. */
  function find(hash: string): Remembered['found'] {
    const nowMs = elapsedMs();
    const known = remembered.get(hash);
    if (known !== undefined && nowMs - known.sinceMs < rememberMs) return known.found;
    const entry: Remembered = { sinceMs: nowMs, found: lookUp(hash) };
    remembered.delete(hash);
    remembered.set(hash, entry);
    if (remembered.size > rememberedKeys) remembered.delete(remembered.keys().next().value as string);
    const forget = () => {
      if (remembered.get(hash) === entry) remembered.delete(hash);
    };
    // Guesses and failures are not kept: they would push the keys that are in use out.
    entry.found.then((found) => found ?? forget(), forget);
    return entry.found;
  }

  return {
    async authenticate(token) {
      const found = isKeyText(token) ? await find(hashApiKey(token)) : null;
      const now = clock.now();
      if (found === null || !isUsable(found.credential, now)) {
        throw unauthenticated('The API key is not valid: it is unknown, has expired or was revoked.');
      }
      lastUse.note(found.credential, now);
      return found.caller;
    },
    close: () => lastUse.close(),
  };
}

function callerOf(credential: Credential): AuthenticatedCaller {
  return {
    tenantId: credential.tenantId,
    principal: credential.principal,
    permissions: narrow(permissionsOfRoles(credential.roles), credential.scopes),
    credentialId: credential.id,
    ...(credential.expiresAt === null ? {} : { expiresAt: credential.expiresAt }),
  };
}

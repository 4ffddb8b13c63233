import {
  badInput,
  type Clock,
  conflict,
  newId,
  notFound,
  pageSize,
  type RequestContext,
  requireId,
  requireText,
} from '@agentos/kernel';
import type { Database } from '@agentos/platform';
import type { EntityManager } from 'typeorm';
import { type ApiKey, hashApiKey, isUsable, newApiKeySecret, prefixOf } from '../domain/api-key.js';
import { requireMayGrant, requireScopes } from '../domain/grants.js';
import type { SecretSealer } from '../domain/sealed-secret.js';
import { apiKeyStore } from '../store/api-key-store.js';
import { principalStore } from '../store/principal-store.js';

export interface ApiKeyRequest {
  readonly name: string;
  /** @default the caller */
  readonly principalId?: string | undefined;
  readonly scopes: readonly string[];
  /** @default never */
  readonly expiresInSeconds?: number | undefined;
}

/** A key that was just made. Its secret is sealed until the answer, since this may be kept for a repeated request. */
export interface MadeApiKey {
  readonly id: string;
  readonly apiKey: ApiKey;
  readonly sealedSecret: string;
}

const longestLifeSeconds = 315_360_000; // 10 years
const longestGraceSeconds = 2_592_000; // 30 days

export class ApiKeyService {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    private readonly sealer: () => Promise<SecretSealer>,
  ) {}

  /**
   * The key may do what its principal may, narrowed by `scopes`.
   * @throws AgentOSError BAD_USER_INPUT; NOT_FOUND where there is no such principal; FORBIDDEN where a scope is more than
   * the caller has
   */
  create(ctx: RequestContext, request: ApiKeyRequest): Promise<MadeApiKey> {
    const name = requireText(request.name, 'input.name', { min: 1, max: 200 });
    const scopes = requireScopes(request.scopes, 'input.scopes');
    const lifeSeconds = request.expiresInSeconds;
    if (lifeSeconds !== undefined) requireSeconds(lifeSeconds, 'input.expiresInSeconds', 1, longestLifeSeconds);
    const principalId = requireId(request.principalId ?? ctx.principal.id, 'prin', 'input.principalId');
    requireMayGrant(ctx.permissions, scopes);
    return this.db.transaction(ctx, async (manager) => {
      const [principal] = await principalStore.findByIds(manager, [principalId]);
      if (principal === undefined) throw notFound('principal', principalId);
      return this.#make(manager, ctx, {
        principalId,
        name,
        scopes,
        lifeMs: lifeSeconds === undefined ? null : lifeSeconds * 1000,
      });
    });
  }

  /**
   * A new key like the old one, which stays valid for the grace time (not at all where that is 0).
   * @throws AgentOSError NOT_FOUND; CONFLICT where the old one has ended; FORBIDDEN where it may do more than the caller
   */
  rotate(ctx: RequestContext, id: string, graceSeconds: number): Promise<MadeApiKey> {
    requireId(id, 'key', 'id');
    requireSeconds(graceSeconds, 'graceSeconds', 0, longestGraceSeconds);
    return this.db.transaction(ctx, async (manager) => {
      const now = this.clock.now();
      const old = await apiKeyStore.findForChange(manager, id);
      if (old === null) throw notFound('API key', id);
      if (!isUsable(old, now)) throw conflict('This API key has ended: make a new one instead of rotating it.');
      requireMayGrant(ctx.permissions, old.scopes);
      const graceEnds = new Date(now.getTime() + graceSeconds * 1000);
      if (graceSeconds === 0) await apiKeyStore.update(manager, id, { revokedAt: now });
      else if (old.expiresAt === null || old.expiresAt > graceEnds)
        await apiKeyStore.update(manager, id, { expiresAt: graceEnds });
      const lifeMs = old.expiresAt === null ? null : old.expiresAt.getTime() - old.createdAt.getTime();
      return this.#make(manager, ctx, { principalId: old.principalId, name: old.name, scopes: old.scopes, lifeMs });
    });
  }

  /** In force everywhere within a second. Revoking one that was revoked changes nothing. */
  revoke(ctx: RequestContext, id: string): Promise<ApiKey> {
    requireId(id, 'key', 'id');
    return this.db.transaction(ctx, async (manager) => {
      const key = await apiKeyStore.findForChange(manager, id);
      if (key === null) throw notFound('API key', id);
      if (key.revokedAt !== null) return key;
      const revokedAt = this.clock.now();
      await apiKeyStore.update(manager, id, { revokedAt });
      return { ...key, revokedAt };
    });
  }

  list(ctx: RequestContext, filter: { principalId?: string | undefined; first: number }): Promise<ApiKey[]> {
    const first = pageSize(filter.first);
    if (filter.principalId !== undefined) requireId(filter.principalId, 'prin', 'principalId');
    return this.db.read(ctx, (manager) => apiKeyStore.list(manager, { ...filter, first }));
  }

  /**
   * The secret of a key that was just made.
   * @throws AgentOSError CONFLICT where a repeated request comes so late that the seal can't be opened any more
   */
  async reveal(made: MadeApiKey): Promise<{ apiKey: ApiKey; secret: string }> {
    const secret = (await this.sealer()).open(made.sealedSecret, made.id);
    if (secret !== undefined) return { apiKey: made.apiKey, secret };
    throw conflict(`The key ${made.id} was made, but its secret can't be shown again: revoke it and make another one.`);
  }

  async #make(
    manager: EntityManager,
    ctx: RequestContext,
    given: { principalId: string; name: string; scopes: string[]; lifeMs: number | null },
  ): Promise<MadeApiKey> {
    const { principalId, name, scopes, lifeMs } = given;
    const now = this.clock.now();
    const id = newId('key');
    const secret = newApiKeySecret(id);
    const apiKey = await apiKeyStore.insert(manager, {
      id,
      tenantId: ctx.tenantId,
      principalId,
      name,
      prefix: prefixOf(secret),
      hash: hashApiKey(secret),
      scopes,
      createdAt: now,
      expiresAt: lifeMs === null ? null : new Date(now.getTime() + lifeMs),
      lastUsedAt: null,
      revokedAt: null,
    });
    return { id, apiKey, sealedSecret: (await this.sealer()).seal(secret, id) };
  }
}

function requireSeconds(seconds: number, field: string, min: number, max: number): void {
  if (seconds < min || seconds > max) throw badInput(`${field} must be between ${min} and ${max} seconds.`, field);
}

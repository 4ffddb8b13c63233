import type { RequestContext } from '@agentos/kernel';
import type { Platform } from '@agentos/platform';
import { buildSubgraph, type SubgraphModule } from '@agentos/subgraph-kit';
import { newSealingKey, SecretSealer } from './domain/sealed-secret.js';
import { ApiKeyResolver } from './graphql/api-key.resolver.js';
import { ComplianceResolver, EncryptionResolver } from './graphql/compliance.resolver.js';
import { createLoaders, type SecurityContext } from './graphql/loaders.js';
import { PrincipalResolver, RoleResolver, TenantResolver } from './graphql/principal.resolver.js';
import { SecurityEventResolver } from './graphql/security-event.resolver.js';
import { ThreatResolver } from './graphql/threat.resolver.js';
import { ApiKeyService } from './service/api-key-service.js';
import { AuditVerifier } from './service/audit-verification.js';
import { PrincipalService } from './service/principal-service.js';
import { SecurityEventService } from './service/security-event-service.js';
import { TenantService } from './service/tenant-service.js';
import { AuditCheckpoints } from './store/audit-checkpoints.js';
import { AuditSigningKey } from './store/audit-signing-key.js';
import { keptSecret } from './store/kept-secret.js';

/** Who may do what, what happened, and what looks wrong. */
export function createSecurityModule(platform: Platform): SubgraphModule {
  const { config, db, clock, audit, dataDir } = platform;
  const principals = new PrincipalService(db, clock);
  const tenants = new TenantService(db);
  const apiKeys = new ApiKeyService(
    db,
    clock,
    once(async () => {
      // Between services the secret is the same in each process; a process alone has its data folder.
      const material = config.AGENTOS_INTERNAL_SECRET ?? (await keptSecret(dataDir, 'sealing-key', newSealingKey));
      return new SecretSealer(material);
    }),
  );
  const events = new SecurityEventService(db, audit);
  const signingKey = new AuditSigningKey(dataDir);
  const verifier = new AuditVerifier(db, signingKey, new AuditCheckpoints(dataDir, signingKey));
  const built = buildSubgraph(
    {
      name: 'security',
      resolvers: [
        PrincipalResolver,
        RoleResolver,
        TenantResolver,
        ApiKeyResolver,
        SecurityEventResolver,
        ThreatResolver,
        ComplianceResolver,
        EncryptionResolver,
      ],
      container: new Map<unknown, unknown>([
        [PrincipalResolver, new PrincipalResolver(principals)],
        [RoleResolver, new RoleResolver(principals)],
        [TenantResolver, new TenantResolver()],
        [ApiKeyResolver, new ApiKeyResolver(apiKeys)],
        [SecurityEventResolver, new SecurityEventResolver(events, verifier)],
        [ThreatResolver, new ThreatResolver()],
        [ComplianceResolver, new ComplianceResolver()],
        [EncryptionResolver, new EncryptionResolver()],
      ]),
      references: {
        Tenant: ({ id }, { loaders }: SecurityContext) => loaders.tenant.load(id),
        Principal: ({ id }, { loaders }: SecurityContext) => loaders.principal.load(id),
        SecurityEvent: ({ id }, { loaders }: SecurityContext) => loaders.securityEvent.load(id),
        // There are none yet.
        Threat: () => null,
        ComplianceReport: () => null,
      },
    },
    platform,
  );
  return {
    ...built,
    loaders: (request: RequestContext) => createLoaders(request, { principals, tenants, events }),
    start: async () => {},
    stop: async () => {},
  };
}

/** Makes it at first use and keeps it; a failure is not kept. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

import type { Persistence } from '@agentos/platform';
import { apiKeyEntity, principalEntity, roleEntity, securityMigration, tenantEntity } from './store/security-schema.js';

export { createSecurityModule } from './module.js';
export {
  type AuthenticatedCaller,
  type Authenticator,
  type AuthenticatorOptions,
  createAuthenticator,
} from './service/authenticator.js';
export { type Bootstrap, bootstrapFirstTenant, type ProvisionedTenant, provisionTenant } from './service/bootstrap.js';

export const securityPersistence: Persistence = {
  entities: [tenantEntity, principalEntity, roleEntity, apiKeyEntity],
  migrations: [securityMigration],
};

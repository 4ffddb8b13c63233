import type { RequestContext } from '@agentos/kernel';
import { loaderById, type SubgraphContext } from '@agentos/subgraph-kit';
import DataLoader from 'dataloader';
import type { Role } from '../domain/principal.js';
import type { PrincipalService } from '../service/principal-service.js';
import type { SecurityEventService } from '../service/security-event-service.js';
import type { TenantService } from '../service/tenant-service.js';

export interface SecurityServices {
  readonly principals: PrincipalService;
  readonly tenants: TenantService;
  readonly events: SecurityEventService;
}

export function createLoaders(request: RequestContext, { principals, tenants, events }: SecurityServices) {
  return {
    principal: loaderById((ids) => principals.findByIds(request, ids)),
    tenant: loaderById((ids) => tenants.findByIds(request, ids)),
    securityEvent: loaderById((ids) => events.findByIds(request, ids)),
    rolesOf: new DataLoader(
      async (principalIds: readonly string[]): Promise<Role[][]> => {
        const roles = await principals.rolesOf(request, principalIds);
        return principalIds.map((id) => roles.get(id) ?? []);
      },
      { maxBatchSize: 1000 },
    ),
  };
}

export type SecurityContext = SubgraphContext<ReturnType<typeof createLoaders>>;

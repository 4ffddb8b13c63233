import type { RequestContext } from '@agentos/kernel';
import type { Database } from '@agentos/platform';
import type { Tenant } from '../domain/tenant.js';
import { tenantStore } from '../store/tenant-store.js';

export class TenantService {
  constructor(private readonly db: Database) {}

  /** Of these ids, the caller's own tenant: no other is there to be seen. */
  findByIds(ctx: RequestContext, ids: readonly string[]): Promise<Tenant[]> {
    return this.db.read(ctx, (manager) => tenantStore.findByIds(manager, ids));
  }
}

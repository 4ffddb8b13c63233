import { badInput, type Page, pageSize, type RequestContext, requireId, requireText } from '@agentos/kernel';
import type { Audit, Database } from '@agentos/platform';
import {
  atLeast,
  type EventSeverity,
  type Outcome,
  reservedTypes,
  type SecurityEvent,
} from '../domain/security-event.js';
import { auditStore } from '../store/audit-store.js';

export interface SecurityEventQuery {
  readonly types?: readonly string[] | undefined;
  readonly minSeverity?: EventSeverity | undefined;
  readonly principalId?: string | undefined;
  /** Both ends belong to it. */
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  readonly outcome?: Outcome | undefined;
}

export interface SecurityEventReport {
  readonly type: string;
  readonly severity: EventSeverity;
  readonly action: string;
  readonly resource?: string | undefined;
  readonly outcome: Outcome;
  /** JSON. */
  readonly details?: unknown;
}

const longestDetails = 16_384; // 16 KiB of JSON

export class SecurityEventService {
  constructor(
    private readonly db: Database,
    private readonly audit: Audit,
  ) {}

  page(
    ctx: RequestContext,
    query: SecurityEventQuery,
    request: { first: number; after?: string | undefined },
  ): Promise<Page<SecurityEvent>> {
    const first = pageSize(request.first);
    if (query.principalId !== undefined) requireId(query.principalId, 'prin', 'filter.principalId');
    if ((query.types?.length ?? 0) > 100) throw badInput('filter.types names more than 100 types.', 'filter.types');
    for (const type of query.types ?? []) requireText(type, 'filter.types', { max: 100 });
    const { minSeverity, ...filter } = query;
    const severities = minSeverity === undefined ? undefined : atLeast(minSeverity);
    return this.db.read(ctx, (manager) =>
      auditStore.page(manager, { ...request, filter: { ...filter, severities }, first }),
    );
  }

  findByIds(ctx: RequestContext, ids: readonly string[]): Promise<SecurityEvent[]> {
    return this.db.read(ctx, (manager) => auditStore.findByIds(manager, ids));
  }

  /** Appends a line in the caller's name, of a type of its own: what the server writes of itself can't be imitated. */
  log(ctx: RequestContext, report: SecurityEventReport): Promise<SecurityEvent> {
    requireText(report.type, 'input.type', { min: 1, max: 100 });
    if (reservedTypes.has(report.type)) {
      throw badInput(`Lines of the type ${report.type} are the server's own: take another type.`, 'input.type');
    }
    requireText(report.action, 'input.action', { min: 1, max: 500 });
    if (report.resource !== undefined) requireText(report.resource, 'input.resource', { max: 500 });
    if (report.details !== undefined && JSON.stringify(report.details).length > longestDetails) {
      throw badInput(`input.details is longer than ${longestDetails} characters of JSON.`, 'input.details');
    }
    return this.db.transaction(ctx, async (manager) => {
      const id = await this.audit.append(manager, ctx, report);
      const [event] = await auditStore.findByIds(manager, [id]);
      return event as SecurityEvent;
    });
  }
}

import { BigIntScalar, change, Guard, toConnection } from '@agentos/subgraph-kit';
import { Arg, Ctx, FieldResolver, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { SecurityEvent } from '../domain/security-event.js';
import type { AuditVerifier } from '../service/audit-verification.js';
import type { SecurityEventService } from '../service/security-event-service.js';
import { PrincipalType } from './identity.type.js';
import type { SecurityContext } from './loaders.js';
import { LogSecurityEventInput, SecurityEventFilter } from './security-event.input.js';
import { AuditVerificationType, SecurityEventConnection, SecurityEventType } from './security-event.type.js';

@Resolver(() => SecurityEventType)
export class SecurityEventResolver {
  constructor(
    private readonly events: SecurityEventService,
    private readonly verifier: AuditVerifier,
  ) {}

  @Query(() => SecurityEventConnection, { description: 'The newest first.' })
  @Guard('audit:read')
  async securityEvents(
    @Ctx() ctx: SecurityContext,
    @Arg('filter', () => SecurityEventFilter, { nullable: true }) filter: SecurityEventFilter | null | undefined,
    @Arg('first', () => Int, { nullable: true, defaultValue: 50 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ) {
    const query = {
      types: filter?.types ?? undefined,
      minSeverity: filter?.minSeverity ?? undefined,
      principalId: filter?.principalId ?? undefined,
      from: filter?.from ?? undefined,
      to: filter?.to ?? undefined,
      outcome: filter?.outcome ?? undefined,
    };
    return toConnection(await this.events.page(ctx.request, query, { first: first ?? 50, after: after ?? undefined }));
  }

  @Query(() => AuditVerificationType, {
    description: 'Walks the chain of hashes, of the whole log or of a range of lines.',
  })
  @Guard('audit:read')
  verifyAuditLog(
    @Ctx() ctx: SecurityContext,
    @Arg('from', () => BigIntScalar, { nullable: true }) from: bigint | null | undefined,
    @Arg('to', () => BigIntScalar, { nullable: true }) to: bigint | null | undefined,
  ) {
    return this.verifier.verify(ctx.request, { from: from ?? undefined, to: to ?? undefined });
  }

  @Mutation(() => SecurityEventType)
  @Guard('audit:write')
  logSecurityEvent(
    @Arg('input', () => LogSecurityEventInput) input: LogSecurityEventInput,
    @Ctx() ctx: SecurityContext,
  ) {
    return change(() =>
      this.events.log(ctx.request, {
        type: input.type,
        severity: input.severity ?? 'INFO',
        action: input.action,
        resource: input.resource ?? undefined,
        outcome: input.outcome,
        details: input.details ?? undefined,
      }),
    );
  }

  @FieldResolver(() => PrincipalType, { nullable: true })
  @Guard('self:read')
  principal(@Root() event: SecurityEvent, @Ctx() { loaders }: SecurityContext) {
    return event.principalId === null ? null : loaders.principal.load(event.principalId);
  }
}

import { notFound, pageSize, requireId, unavailable } from '@agentos/kernel';
import { DateTime, Guard } from '@agentos/subgraph-kit';
import { Arg, ID, Int, Mutation, Query, Resolver, Subscription } from 'type-graphql';
import { EventSeverityEnum } from './security-event.type.js';
import { Anomaly, ScanInput, ScanReport, Threat, ThreatStatus } from './threat.type.js';

/** What the contract names and this server has no detectors for yet: it says so rather than finding nothing. */
const noDetectors = (what: string) =>
  unavailable(`${what} is not there yet: this server has no detectors. securityEvents shows what happened.`, {
    retryable: false,
  });

@Resolver(() => Threat)
export class ThreatResolver {
  @Query(() => [Threat], {
    name: 'threats',
    description: 'The newest first; none is found before there are detectors.',
  })
  @Guard('security:read')
  listThreats(
    @Arg('status', () => ThreatStatus, { nullable: true }) _status: ThreatStatus | null | undefined,
    @Arg('minSeverity', () => EventSeverityEnum, { nullable: true }) _minSeverity: EventSeverityEnum | null | undefined,
    @Arg('first', () => Int, { nullable: true, defaultValue: 50 }) first: number | null,
  ): Threat[] {
    pageSize(first);
    return [];
  }

  @Query(() => [Anomaly])
  @Guard('security:read')
  detectAnomalies(
    @Arg('from', () => DateTime) _from: Date,
    @Arg('to', () => DateTime) _to: Date,
    @Arg('metric', () => String, { nullable: true }) _metric: string | null | undefined,
  ): Anomaly[] {
    throw noDetectors('Detecting anomalies');
  }

  @Mutation(() => ScanReport, {
    description: 'Looks at code, text or files for malicious code, injected instructions and leaked secrets.',
  })
  @Guard('audit:write')
  scan(@Arg('input', () => ScanInput) _input: ScanInput): ScanReport {
    throw noDetectors('Scanning');
  }

  @Mutation(() => [Threat], { description: 'Runs every detection rule over what happened in the time range.' })
  @Guard('security:admin')
  detectThreats(@Arg('from', () => DateTime) _from: Date, @Arg('to', () => DateTime) _to: Date): Threat[] {
    throw noDetectors('Detecting threats');
  }

  @Mutation(() => Threat)
  @Guard('security:admin')
  updateThreat(
    @Arg('id', () => ID) id: string,
    @Arg('status', () => ThreatStatus) _status: ThreatStatus,
    @Arg('note', () => String, { nullable: true }) _note: string | null | undefined,
  ): Threat {
    throw notFound('threat', requireId(id, 'threat', 'id'));
  }

  @Subscription(() => Threat, {
    subscribe: () => {
      throw noDetectors('Alerting');
    },
  })
  @Guard('security:read')
  securityAlerts(
    @Arg('minSeverity', () => EventSeverityEnum, { nullable: true, defaultValue: EventSeverityEnum.MEDIUM })
    _minSeverity: EventSeverityEnum | null,
  ): Threat {
    throw noDetectors('Alerting');
  }
}

export const severities = ['INFO', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;
export type EventSeverity = (typeof severities)[number];
export type Outcome = 'ALLOWED' | 'DENIED' | 'SUCCEEDED' | 'FAILED';

/** A line of the audit log. */
export interface SecurityEvent {
  id: string;
  sequence: bigint;
  at: Date;
  type: string;
  severity: EventSeverity;
  principalId: string | null;
  action: string;
  resource: string | null;
  outcome: Outcome;
  sourceIp: string | null;
  traceId: string | null;
  details: unknown;
  hash: string;
  previousHash: string;
}

/** This one and all that are worse. */
export const atLeast = (severity: EventSeverity): readonly EventSeverity[] =>
  severities.slice(severities.indexOf(severity));

/** Lines that the program itself writes: no caller can make one that looks like them. */
export const reservedTypes: ReadonlySet<string> = new Set(['authorization', 'bootstrap', 'change']);

import { createHash } from 'node:crypto';

/** One line of the audit log as it is stored. */
export interface AuditLine {
  readonly tenantId: string;
  readonly sequence: bigint;
  readonly id: string;
  /** ISO 8601, to the millisecond. */
  readonly at: string;
  readonly type: string;
  readonly severity: 'INFO' | 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';
  readonly principalId: string | null;
  readonly action: string;
  readonly resource: string | null;
  readonly outcome: 'ALLOWED' | 'DENIED' | 'SUCCEEDED' | 'FAILED';
  readonly sourceIp: string | null;
  readonly traceId: string | null;
  /** JSON. */
  readonly details: string | null;
  readonly previousHash: string;
  readonly hash: string;
}

/** What the first line of a chain has as the hash before it. */
export const genesisHash = '0'.repeat(64);

/** The text whose SHA-256 is the line's hash: a JSON array as PostgreSQL writes it (`, ` between elements). */
export function auditLineText(line: Omit<AuditLine, 'hash'>): string {
  const parts = [
    line.previousHash,
    line.tenantId,
    null, // the sequence, which is a number of any size
    line.id,
    line.at,
    line.type,
    line.severity,
    line.principalId,
    line.action,
    line.resource,
    line.outcome,
    line.sourceIp,
    line.traceId,
    line.details,
  ].map((part) => JSON.stringify(part));
  parts[2] = line.sequence.toString();
  return `[${parts.join(', ')}]`;
}

export const hashOf = (line: Omit<AuditLine, 'hash'>): string =>
  createHash('sha256').update(auditLineText(line)).digest('hex');

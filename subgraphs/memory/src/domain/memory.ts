export const memoryTypes = ['FACT', 'PREFERENCE', 'DECISION', 'EPISODE', 'PROCEDURE', 'CODE', 'REFERENCE'] as const;
export type MemoryType = (typeof memoryTypes)[number];
export type MemorySource = 'USER' | 'AGENT' | 'EXECUTION' | 'PROJECT' | 'LEARNING' | 'IMPORT';
export type ValidationStatus = 'UNVERIFIED' | 'VERIFIED' | 'CONTRADICTED' | 'RETRACTED';
export type Trust = 'TRUSTED' | 'UNTRUSTED' | 'QUARANTINED';
export type DuplicatePolicy = 'MERGE' | 'KEEP' | 'REJECT';
export type MemoryOrder = 'CREATED_AT_DESC' | 'CREATED_AT_ASC' | 'ACCESSED_AT_DESC' | 'RELEVANCE_DESC';

/** Something an agent has learned and must be able to recall in a later session. */
export interface Memory {
  id: string;
  tenantId: string;
  content: string;
  type: MemoryType;
  tags: string[];
  contextId: string | null;
  projectId: string | null;
  agentId: string | null;
  sessionId: string | null;
  source: MemorySource;
  /** Who said or did it. */
  actor: string | null;
  /** When it was said or happened. */
  occurredAt: Date | null;
  /** Its place in its session; null outside of one. */
  sequence: number | null;
  trust: Trust;
  /** 0 to 1 */
  confidence: number;
  validationStatus: ValidationStatus;
  validatedAt: Date | null;
  validationEvidence: string | null;
  validationExecutionId: string | null;
  /** When the content is true in the world. */
  validFrom: Date | null;
  validTo: Date | null;
  ttlSeconds: number | null;
  /** `ttlSeconds` after the last access; moved on when accesses are folded in. */
  expiresAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
  accessedAt: Date;
  accessCount: number;
  /** Relations that it is part of. */
  linkCount: number;
  version: number;
}

/** What the content was at one version, and who made it so. */
export interface MemoryRevision {
  memoryId: string;
  tenantId: string;
  version: number;
  content: string;
  changedAt: Date;
  /** The principal's name. */
  changedBy: string;
  reason: string | null;
}

/** What came from outside may hold instructions of strangers: it is not acted on until someone with the right says so. */
export function trustOf(source: MemorySource): Trust {
  switch (source) {
    case 'USER':
    case 'AGENT':
    case 'LEARNING':
      return 'TRUSTED';
    case 'EXECUTION':
    case 'PROJECT':
    case 'IMPORT':
      return 'UNTRUSTED';
  }
}

export const expiryOf = (accessedAt: Date, ttlSeconds: number | null): Date | null =>
  ttlSeconds === null ? null : new Date(accessedAt.getTime() + ttlSeconds * 1000);

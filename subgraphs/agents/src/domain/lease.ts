import { badInput } from '@agentos/kernel';

const maxLeaseMs = 86_400_000; // 1 day
const maxWaitMs = 60_000; // 1 minute: whoever wants to wait longer asks again

/** @throws AgentOSError BAD_USER_INPUT naming `field` */
export function requireLeaseMs(leaseMs: number, field: string): number {
  if (leaseMs >= 1 && leaseMs <= maxLeaseMs) return leaseMs;
  throw badInput(`${field} must be between 1 and ${maxLeaseMs}.`, field);
}

/** @throws AgentOSError BAD_USER_INPUT naming `field` */
export function requireWaitMs(waitMs: number, field: string): number {
  if (waitMs >= 0 && waitMs <= maxWaitMs) return waitMs;
  throw badInput(`${field} must be between 0 and ${maxWaitMs}; to wait longer, ask again.`, field);
}

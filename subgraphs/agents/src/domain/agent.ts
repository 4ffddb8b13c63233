export type AgentStatus = 'ONLINE' | 'IDLE' | 'OFFLINE' | 'RETIRED';

/** A worker that remembers, runs programs and takes tasks. */
export interface Agent {
  id: string;
  tenantId: string;
  /** Unique among a tenant's agents: the same name registers the same agent again. */
  name: string;
  kind: string;
  capabilities: string[];
  lastSeenAt: Date | null;
  retiredAt: Date | null;
  createdAt: Date;
}

/** Heartbeats are due every 30 seconds; an agent that misses one is idle, one that misses ten is gone. */
const idleAfterMs = 60_000; // 1 minute
const offlineAfterMs = 300_000; // 5 minutes

export function statusOf(agent: Pick<Agent, 'lastSeenAt' | 'retiredAt'>, now: Date): AgentStatus {
  if (agent.retiredAt !== null) return 'RETIRED';
  const silentMs = agent.lastSeenAt === null ? Number.POSITIVE_INFINITY : now.getTime() - agent.lastSeenAt.getTime();
  if (silentMs <= idleAfterMs) return 'ONLINE';
  return silentMs <= offlineAfterMs ? 'IDLE' : 'OFFLINE';
}

/** The times of `lastSeenAt` that make up a status, for a query: after `from`, up to `to`. */
export function lastSeenRange(
  status: Exclude<AgentStatus, 'RETIRED'>,
  now: Date,
): { after: Date | null; upTo: Date | null } {
  const ago = (ms: number) => new Date(now.getTime() - ms - 1);
  switch (status) {
    case 'ONLINE':
      return { after: ago(idleAfterMs), upTo: null };
    case 'IDLE':
      return { after: ago(offlineAfterMs), upTo: ago(idleAfterMs) };
    case 'OFFLINE':
      return { after: null, upTo: ago(offlineAfterMs) };
  }
}

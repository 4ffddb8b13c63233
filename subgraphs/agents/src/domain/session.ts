/** One stretch of work of one agent. */
export interface Session {
  id: string;
  tenantId: string;
  agentId: string;
  projectId: string | null;
  title: string | null;
  startedAt: Date;
  endedAt: Date | null;
}

/** Something that one agent says to another, or to all. */
export interface AgentMessage {
  id: string;
  /** Where it stands among the tenant's messages. */
  cursor: string;
  fromAgentId: string;
  /** Null: to everyone. */
  toAgentId: string | null;
  topic: string;
  body: unknown;
  sentAt: Date;
}

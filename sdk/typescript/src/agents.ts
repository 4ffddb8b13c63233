import {
  type AgentFragment,
  type AgentStatus,
  EndSessionDocument,
  GetAgentDocument,
  HeartbeatDocument,
  ListAgentsDocument,
  RegisterAgentDocument,
  type RegisterAgentInput,
  RetireAgentDocument,
  type SessionFragment,
  StartSessionDocument,
  type StartSessionInput,
} from './generated/operations.js';
import type { CallOptions, ChangeOptions } from './options.js';
import type { Transport } from './transport.js';

export type Agent = AgentFragment;
/** One stretch of work of one agent; memories and executions point back to it by `sessionId`. */
export type Session = SessionFragment;

export interface ListAgentsOptions extends CallOptions {
  /** Only those that have it. */
  capability?: string | undefined;
  status?: AgentStatus | undefined;
  /** @default 50 */
  first?: number | undefined;
}

/** Who the agents are, and their sessions. */
export class AgentsClient {
  constructor(private readonly transport: Transport) {}

  /** The same name registers the same agent again. */
  async register(input: RegisterAgentInput, options?: ChangeOptions): Promise<Agent> {
    return (await this.transport.request(RegisterAgentDocument, { input }, options)).registerAgent;
  }

  /** Says that the agent is alive. */
  async heartbeat(agentId: string, options?: ChangeOptions): Promise<Agent> {
    return (await this.transport.request(HeartbeatDocument, { agentId }, options)).heartbeat;
  }

  async retire(agentId: string, options?: ChangeOptions): Promise<Agent> {
    return (await this.transport.request(RetireAgentDocument, { agentId }, options)).retireAgent;
  }

  /** @returns null where there is none with this id, or none that the caller may see */
  async get(id: string, options?: CallOptions): Promise<Agent | null> {
    return (await this.transport.request(GetAgentDocument, { id }, options)).agent;
  }

  async list(options: ListAgentsOptions = {}): Promise<Agent[]> {
    const { signal, timeoutMs, ...which } = options;
    return (await this.transport.request(ListAgentsDocument, which, { signal, timeoutMs })).agents;
  }

  async startSession(input: StartSessionInput, options?: ChangeOptions): Promise<Session> {
    return (await this.transport.request(StartSessionDocument, { input }, options)).startSession;
  }

  async endSession(id: string, options?: ChangeOptions): Promise<Session> {
    return (await this.transport.request(EndSessionDocument, { id }, options)).endSession;
  }
}

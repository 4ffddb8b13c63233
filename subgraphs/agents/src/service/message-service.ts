import { type Clock, newId, notFound, type RequestContext, requireId, requireText } from '@agentos/kernel';
import { type BusEvent, type Database, type Outbox, positionOf } from '@agentos/platform';
import { requireJson } from '../domain/json-size.js';
import type { AgentMessage } from '../domain/message.js';
import { agentStore } from '../store/agent-store.js';

export interface NewMessage {
  readonly fromAgentId: string;
  readonly toAgentId?: string | undefined;
  readonly topic: string;
  readonly body: unknown;
}

export interface Inbox {
  readonly agentId: string;
  readonly topics?: readonly string[] | undefined;
  /** The cursor of the last message seen. */
  readonly after?: string | undefined;
}

type SentMessage = Omit<AgentMessage, 'cursor'>;

const messagesTopic = 'agent-messages';
const bodyLength = 256_000;
const numberingMs = 5_000; // 5 seconds: the relay numbers within milliseconds unless the database is in trouble

/** Messages between agents: events of the outbox, which gives each its place and keeps it for a week. */
export class MessageService {
  constructor(
    private readonly db: Database,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
  ) {}

  /**
   * Sends a message, in phases: its cursor is its place in the outbox, which it gets once it is committed.
   * @throws AgentOSError NOT_FOUND for an agent that is not there
   */
  send(ctx: RequestContext, input: NewMessage) {
    const { fromAgentId, toAgentId } = input;
    return {
      prepare: () => this.outbox.position(ctx, messagesTopic),
      commit: async (position: number) => {
        requireId(fromAgentId, 'agent', 'input.fromAgentId');
        if (toAgentId !== undefined) requireId(toAgentId, 'agent', 'input.toAgentId');
        const message: SentMessage = {
          id: newId('msg'),
          fromAgentId,
          toAgentId: toAgentId ?? null,
          topic: requireText(input.topic, 'input.topic', { min: 1, max: 200 }),
          body: requireJson(input.body, 'input.body', bodyLength),
          sentAt: this.clock.now(),
        };
        return this.db.transaction(ctx, async (manager) => {
          const parties = [fromAgentId, ...(toAgentId === undefined ? [] : [toAgentId])];
          const found = new Set((await agentStore.findByIds(manager, parties)).map(({ id }) => id));
          for (const id of parties) if (!found.has(id)) throw notFound('agent', id);
          await this.outbox.append(manager, ctx, [
            { topic: messagesTopic, key: message.id, type: 'sent', payload: message },
          ]);
          return { message, position };
        });
      },
      answer: async ({ message, position }: { message: SentMessage; position: number }): Promise<AgentMessage> => {
        const signal = AbortSignal.any([ctx.signal, AbortSignal.timeout(numberingMs)]);
        for await (const event of this.outbox.tail(ctx, messagesTopic, { after: position, signal })) {
          if (event.key === message.id) return { ...message, cursor: String(event.seq) };
        }
        // It is sent all the same. From this cursor on, nothing after it is missed.
        return { ...message, cursor: String(position) };
      },
    };
  }

  /**
   * Those to the agent and to everyone: the stored ones after the cursor, then each as it comes.
   * @throws AgentOSError BAD_USER_INPUT; NOT_FOUND
   */
  async receive(ctx: RequestContext, inbox: Inbox): Promise<AsyncGenerator<AgentMessage>> {
    requireId(inbox.agentId, 'agent', 'agentId');
    for (const topic of inbox.topics ?? []) requireText(topic, 'topics', { min: 1, max: 200 });
    const after = inbox.after === undefined ? await this.outbox.position(ctx, messagesTopic) : positionOf(inbox.after);
    const [agent] = await this.db.read(ctx, (manager) => agentStore.findByIds(manager, [inbox.agentId]));
    if (agent === undefined) throw notFound('agent', inbox.agentId);
    return this.#receiveAfter(ctx, inbox, after);
  }

  async *#receiveAfter(ctx: RequestContext, inbox: Inbox, after: number): AsyncGenerator<AgentMessage> {
    for await (const event of this.outbox.tail(ctx, messagesTopic, { after, signal: ctx.signal })) {
      const message = toMessage(event);
      if (message.toAgentId !== null && message.toAgentId !== inbox.agentId) continue;
      if (inbox.topics !== undefined && !inbox.topics.includes(message.topic)) continue;
      yield message;
    }
  }
}

function toMessage(event: BusEvent): AgentMessage {
  const message = event.payload as Omit<SentMessage, 'sentAt'> & { sentAt: string };
  return { ...message, sentAt: new Date(message.sentAt), cursor: String(event.seq) };
}

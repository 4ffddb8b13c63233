import { AgentOSError, type RequestContext } from '@agentos/kernel';
import type { Database, Logger } from '@agentos/platform';
import type { Memory } from '../domain/memory.js';
import { withoutNames } from '../domain/text/names.js';
import type { CandidateStore } from '../store/candidate-store.js';
import type { Embedder } from './ports.js';

type Placed = Pick<Memory, 'content' | 'actor' | 'sessionId' | 'projectId' | 'agentId' | 'contextId'>;

/** Makes the vectors of memories, from what they say without who says it. */
export class MemoryEmbedding {
  constructor(
    private readonly db: Database,
    private readonly candidates: CandidateStore,
    private readonly embedder: Embedder,
    private readonly logger: Logger,
  ) {}

  get model(): string {
    return this.embedder.model;
  }

  get dimensions(): number {
    return this.embedder.dimensions;
  }

  /**
   * One vector per memory; null for all of them where the model does not answer: they are stored all the same, and get
   * their vectors when it does. Must run outside a transaction, which would wait for the model.
   */
  async of(ctx: RequestContext, memories: readonly Placed[]): Promise<(Float32Array | null)[]> {
    if (memories.length === 0) return [];
    const present = (values: readonly (string | null)[]) => [...new Set(values.filter((value) => value !== null))];
    const around = await this.db.read(ctx, (manager) =>
      this.candidates.actorsAround(manager, {
        sessions: present(memories.map((memory) => memory.sessionId)),
        projects: present(memories.map((memory) => memory.projectId)),
        agents: present(memories.map((memory) => memory.agentId)),
        contexts: present(memories.map((memory) => memory.contextId)),
        nowhere: memories.some(
          ({ sessionId, projectId, agentId, contextId }) => (sessionId ?? projectId ?? agentId ?? contextId) === null,
        ),
      }),
    );
    const names = new Set([...around, ...present(memories.map((memory) => memory.actor))]);
    return this.texts(
      memories.map(({ content }) => content),
      names,
      ctx.signal,
    );
  }

  /**
   * As `of`, for texts that are not memories.
   * @param names of those who take part
   * @throws AgentOSError RATE_LIMITED where too many texts wait for the model already
   */
  async texts(
    texts: readonly string[],
    names: Iterable<string>,
    signal?: AbortSignal,
  ): Promise<(Float32Array | null)[]> {
    const actors = [...names];
    try {
      return await this.embedder.embed(
        texts.map((text) => withoutNames(text, actors)),
        signal,
      );
    } catch (error) {
      if (signal?.aborted === true) throw error;
      if (error instanceof AgentOSError && error.code === 'RATE_LIMITED') throw error;
      this.logger.warn({ err: error }, 'texts could not be embedded');
      return texts.map(() => null);
    }
  }
}

/** A vector of a caller's, brought to length 1. */
export function toUnit(values: readonly number[]): Float32Array {
  const length = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / length);
}

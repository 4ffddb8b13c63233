import { badInput, type RequestContext } from '@agentos/kernel';
import type { Memory } from '../domain/memory.js';
import type { GivenFilter } from './memory-filter.js';
import type { TokenCounter } from './ports.js';
import type { SearchService } from './search-service.js';

export interface AssembledContext {
  readonly text: string;
  readonly tokenCount: number;
  readonly memories: readonly Memory[];
  /** Memories that were found and did not fit. */
  readonly omittedCount: number;
}

const considered = 200;
const maxBudget = 1_000_000;

/** Makes a text for a prompt: what answers the question best, in as many tokens as there are. */
export class ContextAssembly {
  constructor(
    private readonly search: SearchService,
    private readonly tokens: TokenCounter,
  ) {}

  /**
   * The best memories that fit, in the order in which things happened; one that is too long makes room for the next.
   * @throws AgentOSError BAD_USER_INPUT
   */
  async assemble(
    ctx: RequestContext,
    request: { query: string; filter: GivenFilter; tokenBudget: number },
  ): Promise<AssembledContext> {
    const { query, filter, tokenBudget } = request;
    if (tokenBudget < 0 || tokenBudget > maxBudget)
      throw badInput(`tokenBudget must be between 0 and ${maxBudget}.`, 'tokenBudget');
    const { hits } = await this.search.search(ctx, { query, filter, mode: 'HYBRID', first: considered });
    const count = await this.tokens.load();
    const chosen: Memory[] = [];
    let left = tokenBudget;
    for (const { memory } of hits) {
      const cost = count(`${line(memory)}\n`);
      if (cost > left) continue;
      left -= cost;
      chosen.push(memory);
    }
    const memories = chosen.sort((a, b) => timeOf(a) - timeOf(b) || (a.sequence ?? 0) - (b.sequence ?? 0));
    const text = memories.map(line).join('\n');
    return { text, tokenCount: count(text), memories, omittedCount: hits.length - memories.length };
  }
}

const timeOf = (memory: Memory) => (memory.occurredAt ?? memory.createdAt).getTime();

/** `[2026-01-31] Ada: what she said` */
function line(memory: Memory): string {
  const day = (memory.occurredAt ?? memory.createdAt).toISOString().slice(0, 10);
  return `[${day}] ${memory.actor === null ? '' : `${memory.actor}: `}${memory.content}`;
}

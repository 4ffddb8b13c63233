import { type Clock, notFound, type RequestContext, requireId } from '@agentos/kernel';
import type { Database } from '@agentos/platform';
import { suggestTags, suggestType } from '../domain/categorize.js';
import type { MemoryType } from '../domain/memory.js';
import { terms } from '../domain/text/words.js';
import type { CandidateStore } from '../store/candidate-store.js';
import { memoryStore } from '../store/memory-store.js';
import type { SearchService } from './search-service.js';

const neighbourCount = 15;
const queryLength = 2_000; // characters; the model reads no further

/** Says what kind of memory one is and how to label it, from itself and from those most like it. */
export class Categorizing {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    private readonly candidates: CandidateStore,
    private readonly search: SearchService,
  ) {}

  /**
   * Changes nothing, and must run outside a transaction, since it embeds.
   * @throws AgentOSError NOT_FOUND
   */
  async suggest(ctx: RequestContext, id: string): Promise<{ type: MemoryType; tags: string[] }> {
    requireId(id, 'mem', 'id');
    const [memory] = await this.db.read(ctx, (manager) => memoryStore.findByIds(manager, [id], this.clock.now()));
    if (memory === undefined) throw notFound('memory', id);
    const filter = memory.projectId === null ? {} : { projectId: memory.projectId };
    const query = memory.content.slice(0, queryLength).toWellFormed();
    const { hits } = await this.search.search(ctx, {
      query,
      filter,
      mode: 'HYBRID',
      first: neighbourCount + 1,
      isRead: false,
    });
    const neighbours = hits
      .filter((hit) => hit.memory.id !== id)
      .map((hit) => ({ ...hit.memory, similarity: hit.explanation.semanticSimilarity ?? 0 }))
      .sort((a, b) => b.similarity - a.similarity);
    const rarity = await this.db.read(ctx, async (manager) => {
      const now = this.clock.now();
      const { size } = await this.candidates.scope(manager, filter, now);
      return this.candidates.statistics(manager, filter, terms(query), size, now);
    });
    return { type: suggestType(memory.content, neighbours), tags: suggestTags(query, memory.tags, neighbours, rarity) };
  }
}

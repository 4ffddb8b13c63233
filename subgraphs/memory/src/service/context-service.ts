import { badInput, type Clock, newId, pageSize, type RequestContext, requireId, requireText } from '@agentos/kernel';
import type { Database } from '@agentos/platform';
import type { Context } from '../domain/context.js';
import { contextStore } from '../store/context-store.js';
import { requireOpenContexts } from './storing.js';

export interface NewContext {
  readonly name: string;
  readonly description: string | null;
  readonly parentId: string | null;
  readonly projectId: string | null;
}

const maxNesting = 16;

/** Named working sets of memories, and which one each session works in. */
export class ContextService {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  findByIds(ctx: RequestContext, ids: readonly string[]): Promise<Context[]> {
    return this.db.read(ctx, (manager) => contextStore.findByIds(manager, ids));
  }

  async list(ctx: RequestContext, filter: { projectId?: string | undefined; first: number }): Promise<Context[]> {
    const first = pageSize(filter.first);
    if (filter.projectId !== undefined) requireId(filter.projectId, 'proj', 'projectId');
    return this.db.read(ctx, (manager) => contextStore.list(manager, filter, first));
  }

  memoryCounts(ctx: RequestContext, ids: readonly string[]): Promise<Map<string, number>> {
    return this.db.read(ctx, (manager) => contextStore.memoryCounts(manager, ids, this.clock.now()));
  }

  activeOfSessions(ctx: RequestContext, sessionIds: readonly string[]): Promise<Map<string, string>> {
    return this.db.read(ctx, (manager) => contextStore.activeOfSessions(manager, sessionIds));
  }

  /** @throws AgentOSError BAD_USER_INPUT; NOT_FOUND where there is no such parent; CONFLICT where that is archived */
  async create(ctx: RequestContext, input: NewContext): Promise<Context> {
    const name = requireText(input.name, 'input.name', { min: 1, max: 200 });
    if (input.description !== null) requireText(input.description, 'input.description', { max: 5_000 });
    if (input.parentId !== null) requireId(input.parentId, 'ctx', 'input.parentId');
    if (input.projectId !== null) requireId(input.projectId, 'proj', 'input.projectId');
    return this.db.transaction(ctx, async (manager) => {
      if (input.parentId !== null) {
        await requireOpenContexts(manager, [input.parentId]);
        if ((await contextStore.depthOf(manager, input.parentId)) >= maxNesting) {
          throw badInput(`Contexts nest at most ${maxNesting} deep.`, 'input.parentId');
        }
      }
      const context: Context = {
        ...input,
        id: newId('ctx'),
        tenantId: ctx.tenantId,
        name,
        createdAt: this.clock.now(),
        archivedAt: null,
      };
      await contextStore.insert(manager, context);
      return context;
    });
  }

  /**
   * What a session works in from now on.
   * @throws AgentOSError NOT_FOUND; CONFLICT where the context is archived
   */
  async switch(ctx: RequestContext, sessionId: string, contextId: string): Promise<void> {
    requireId(sessionId, 'sess', 'sessionId');
    requireId(contextId, 'ctx', 'contextId');
    await this.db.transaction(ctx, async (manager) => {
      await requireOpenContexts(manager, [contextId]);
      await contextStore.switchSession(manager, ctx.tenantId, sessionId, contextId, this.clock.now());
    });
  }
}

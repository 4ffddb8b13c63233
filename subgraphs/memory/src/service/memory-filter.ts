import { badInput, type RequestContext, requireId, requireText } from '@agentos/kernel';
import type { Database } from '@agentos/platform';
import type { MemoryFilter } from '../domain/filter.js';
import { requireShare } from '../domain/new-memory.js';
import { contextStore } from '../store/context-store.js';

/** A filter as a caller gives it: one context, of which the nested ones are a part. */
export type GivenFilter = Omit<MemoryFilter, 'contextIds'> & { readonly contextId?: string | undefined };

const maxListed = 100;

/**
 * Checks a filter and looks up which contexts nest in the one it names.
 * @throws AgentOSError BAD_USER_INPUT naming the field
 */
export async function readFilter(db: Database, ctx: RequestContext, given: GivenFilter): Promise<MemoryFilter> {
  const { contextId, ...filter } = given;
  if (filter.projectId !== undefined) requireId(filter.projectId, 'proj', 'filter.projectId');
  if (filter.agentId !== undefined) requireId(filter.agentId, 'agent', 'filter.agentId');
  if (filter.sessionId !== undefined) requireId(filter.sessionId, 'sess', 'filter.sessionId');
  if (filter.minConfidence !== undefined) requireShare(filter.minConfidence, 'filter.minConfidence');
  for (const name of ['actors', 'tagsAll', 'tagsAny'] as const) {
    const list = filter[name];
    if (list === undefined) continue;
    if (list.length > maxListed) throw badInput(`filter.${name} holds at most ${maxListed}.`, `filter.${name}`);
    for (const value of list) requireText(value, `filter.${name}`, { max: 200 });
  }
  if (contextId === undefined) return filter;
  requireId(contextId, 'ctx', 'filter.contextId');
  return { ...filter, contextIds: await db.read(ctx, (manager) => contextStore.withNested(manager, contextId)) };
}

import type { RequestContext } from '@agentos/kernel';
import { createPlatform, type Environment, type Platform } from '@agentos/platform';
import { perEventContext, type SubgraphModule } from '@agentos/subgraph-kit';
import { InProcessSubgraphService } from '../federation/in-process.js';
import type { SubgraphRequest, SubgraphService } from '../federation/subgraph.js';
import type { Part } from '../plugins/health.js';
import { loadSubgraph, type SubgraphEntry, subgraphNames } from './modules.js';

/** What the gateway stands on, wherever the subgraphs run. */
export interface Runtime {
  readonly platform: Platform;
  readonly services: readonly SubgraphService<RequestContext>[];
  readonly parts: readonly Part[];
  start(): Promise<void>;
  stop(signal: AbortSignal): Promise<void>;
}

/**
 * One process: all subgraphs as functions over one platform.
 * @param meanwhile what else to load while the database starts in its own thread
 */
export async function createEmbeddedRuntime(
  config: Environment,
  meanwhile: () => Promise<unknown> = async () => {},
): Promise<Runtime> {
  let entries: SubgraphEntry[] = [];
  const platform = await createPlatform(config, async () => {
    [entries] = await Promise.all([Promise.all(subgraphNames.map(loadSubgraph)), meanwhile()]);
    return entries.map((entry) => entry.persistence);
  });
  const modules: SubgraphModule[] = [];
  for (const entry of entries) modules.push(await entry.create(platform));
  return {
    platform,
    services: modules.map(inProcess),
    parts: [],
    start: async () => {
      for (const module of modules) await module.start();
    },
    stop: async (signal) => {
      for (const module of modules.toReversed()) await module.stop(signal);
      await platform[Symbol.asyncDispose]();
    },
  };
}

export function inProcess(module: SubgraphModule): SubgraphService<RequestContext> {
  return new InProcessSubgraphService<RequestContext>({
    name: module.name,
    sdl: module.sdl,
    schema: module.schema,
    contextFor: (ctx, request) => subgraphContext(module, ctx, request),
  });
}

/** Loaders live as long as one operation; of a subscription, as long as one event is being answered. */
function subgraphContext(module: SubgraphModule, ctx: RequestContext, { operation, signal }: SubgraphRequest) {
  const request = signal === undefined ? ctx : { ...ctx, signal };
  return operation === 'subscription'
    ? perEventContext(module, request)
    : { request, loaders: module.loaders(request) };
}

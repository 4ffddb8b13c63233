import type { RequestContext } from '@agentos/kernel';
import { loaderById, type SubgraphContext } from '@agentos/subgraph-kit';
import DataLoader from 'dataloader';
import type { StoredEvent } from '../domain/event.js';
import type { Execution } from '../domain/execution.js';
import type { ExecuteRequest, ExecutionService } from '../service/execution-service.js';
import { type ShownEvent, shown } from './event.type.js';

export function createLoaders(request: RequestContext, executions: ExecutionService) {
  return {
    execution: loaderById((ids) => executions.findByIds(request, ids)),
    /** Both streams at once: `stdout` and `stderr` of one execution are read together. */
    output: new DataLoader(
      (asked: readonly Execution[]) => Promise.all(asked.map((execution) => executions.outputOf(execution))),
      { cacheKeyFn: (execution) => execution.id },
    ) as DataLoader<Execution, { stdout: string; stderr: string }, unknown>,
    /** Subscriptions are declared beside their class, not on an instance of it, so their sources come this way. */
    streams: {
      events: async (id: string, after: number) => shownEvents(id, await executions.events(request, id, after)),
      execute: async (input: ExecuteRequest) => {
        const { id } = await executions.start(request, input);
        return shownEvents(id, await executions.events(request, id, -1));
      },
    },
  };
}

async function* shownEvents(id: string, events: AsyncIterable<StoredEvent>): AsyncGenerator<ShownEvent> {
  for await (const event of events) yield shown(id, event);
}

export type ExecutionContext = SubgraphContext<ReturnType<typeof createLoaders>>;

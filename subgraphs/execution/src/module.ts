import { createHash, randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { RequestContext } from '@agentos/kernel';
import type { Platform } from '@agentos/platform';
import { buildSubgraph, type SubgraphModule } from '@agentos/subgraph-kit';
import { createSandboxes } from './adapters/create-sandboxes.js';
import { createSpool } from './adapters/create-spool.js';
import { EnvironmentResolver } from './graphql/environment.resolver.js';
import { ExecutionEventResolver } from './graphql/event.resolver.js';
import { ExecutionOutput, ExecutionStatusChanged, ExecutionUsageSampled } from './graphql/event.type.js';
import { ExecutionResolver } from './graphql/execution.resolver.js';
import { createLoaders, type ExecutionContext } from './graphql/loaders.js';
import { AgentExecutionsResolver, ProjectExecutionsResolver } from './graphql/reference.resolver.js';
import { VerificationResolver } from './graphql/verification.resolver.js';
import { ExecutionService } from './service/execution-service.js';
import { Ladder } from './service/ladder.js';
import type { Sandbox } from './service/ports.js';
import { Runner } from './service/runner.js';
import { RuntimeService } from './service/runtime-service.js';
import { executionStore } from './store/execution-store.js';

export interface ExecutionModuleOptions {
  /** The rungs of the isolation ladder, the strongest first. @default what this host has */
  sandboxes?: readonly Sandbox[];
}

/** Programs on more processors than there are only wait for each other; a few more hide those that wait for themselves. */
const PROGRAMS_PER_CPU = 4;
const QUEUE = { all: 10_000, perTenant: 2_000, bytes: 256 * 1024 * 1024 };
/** The sandboxes are asked a moment after the start, which is not slowed down by it. */
const ASK_AFTER_MS = 250;

/** Runs programs in sandboxes and streams what they print. */
export async function createExecutionModule(
  platform: Platform,
  options: ExecutionModuleOptions = {},
): Promise<SubgraphModule> {
  const { db, clock, logger, metrics, config, dataDir } = platform;
  // The same for every start over the same data, so that what a killed process left is found again.
  const instance = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  const ladder = new Ladder(options.sandboxes ?? (await createSandboxes(config, instance)));
  const spool = await createSpool(platform, join(dataDir, 'spool'));
  const runner = new Runner(
    ladder,
    spool,
    (execution, change) => db.transaction(execution, (manager) => executionStore.change(manager, execution.id, change)),
    logger,
    metrics,
    { concurrency: config.AGENTOS_EXECUTION_CONCURRENCY ?? availableParallelism() * PROGRAMS_PER_CPU, queue: QUEUE },
  );
  const alone = config.DATABASE_URL === undefined;
  const executions = new ExecutionService(
    db,
    platform.audit,
    clock,
    logger,
    ladder,
    runner,
    spool,
    alone,
    randomUUID(),
  );
  const built = buildSubgraph(
    {
      name: 'execution',
      resolvers: [
        ExecutionResolver,
        ExecutionEventResolver,
        EnvironmentResolver,
        VerificationResolver,
        ProjectExecutionsResolver,
        AgentExecutionsResolver,
      ],
      container: new Map<unknown, unknown>([
        [ExecutionResolver, new ExecutionResolver(executions, new RuntimeService(ladder, runner))],
        [ExecutionEventResolver, new ExecutionEventResolver()],
        [EnvironmentResolver, new EnvironmentResolver()],
        [VerificationResolver, new VerificationResolver()],
        [ProjectExecutionsResolver, new ProjectExecutionsResolver(executions)],
        [AgentExecutionsResolver, new AgentExecutionsResolver(executions)],
      ]),
      orphanedTypes: [ExecutionOutput, ExecutionStatusChanged, ExecutionUsageSampled],
      references: {
        Execution: ({ id }, { loaders }: ExecutionContext) => loaders.execution.load(id),
        Environment: () => null,
        Verification: () => null,
        Agent: ({ id }) => ({ id }),
        Project: ({ id }) => ({ id }),
      },
    },
    platform,
  );
  let asking: NodeJS.Timeout | undefined;
  return {
    ...built,
    loaders: (request: RequestContext) => createLoaders(request, executions),
    start: async () => {
      await executions.open();
      // Asking takes longer than starting should: the first run waits for the answer, the server does not.
      asking = setTimeout(() => {
        ladder.rungs().catch((error: unknown) => logger.error({ err: error }, 'the sandboxes could not be asked'));
      }, ASK_AFTER_MS);
      asking.unref();
    },
    stop: async (signal) => {
      clearTimeout(asking);
      await runner.stop(signal);
      executions.close();
      await ladder.close();
      await spool.close();
    },
  };
}

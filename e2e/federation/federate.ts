import type { ExecutionResult } from 'graphql';
import { createEngine, InProcessSubgraphService, type SubgraphService } from '../../gateway/src/federation/index.js';
import { subgraph } from './graphs/subgraph.js';

export interface Federated {
  /** Runs an operation. `asked` names the subgraphs in the order in which they were asked. */
  run(query: string, variables?: Record<string, unknown>): Promise<Answer>;
}

export interface Answer {
  readonly data: unknown;
  /** `CODE at path` of each. */
  readonly errors: readonly string[];
  readonly asked: readonly string[];
}

type Definition = readonly [typeDefs: string, resolvers?: object];

/** A graph of small subgraphs, each its types and its resolvers. */
export function federate(definitions: Readonly<Record<string, Definition>>): Federated {
  let asked: string[] = [];
  const services = Object.entries(definitions).map(([name, [typeDefs, resolvers]]): SubgraphService => {
    const service = new InProcessSubgraphService(subgraph(name, typeDefs, (resolvers ?? {}) as never));
    return {
      name,
      sdl: service.sdl,
      execute(request, context) {
        asked.push(name);
        return service.execute(request, context);
      },
      subscribe: (request, context) => service.subscribe(request, context),
    };
  });
  const engine = createEngine({ services });
  return {
    async run(query, variables) {
      asked = [];
      const result = await engine.execute({ query, variables }, {});
      return { data: asRead(result.data), errors: errorsOf(result), asked };
    },
  };
}

const asRead = (data: unknown): unknown => data && (JSON.parse(JSON.stringify(data)) as unknown);

const errorsOf = ({ errors = [] }: ExecutionResult) =>
  errors.map(({ extensions, path }) => `${String(extensions['code'])} at ${path?.join('.') ?? 'the operation'}`);

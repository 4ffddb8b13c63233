import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type GraphQLError,
  type GraphQLSchema,
  subscribe,
  validate,
} from 'graphql';
import { LruCache } from './lru.js';
import type { SubgraphRequest, SubgraphService } from './subgraph.js';

export interface InProcessSubgraph<C> {
  readonly name: string;
  readonly sdl: string;
  readonly schema: GraphQLSchema;
  /** What resolvers get as their context, made for each operation: loaders live as long as one. @default the engine's context */
  readonly contextFor?: (context: C, request: SubgraphRequest) => unknown;
}

/** How many distinct operations a subgraph remembers as valid; plans bring the same ones again. */
const MAX_OPERATIONS = 5_000;

/** A subgraph that is a schema in this process. Its operations come from plans, parsed: each is validated once. */
export class InProcessSubgraphService<C = unknown> implements SubgraphService<C> {
  readonly name: string;
  readonly sdl: string;
  readonly #schema: GraphQLSchema;
  readonly #contextFor: ((context: C, request: SubgraphRequest) => unknown) | undefined;
  /** By the text, since the plans of different clients' operations often have a fetch in common. */
  readonly #checked = new LruCache<string, Checked>(MAX_OPERATIONS);

  constructor({ name, sdl, schema, contextFor }: InProcessSubgraph<C>) {
    this.name = name;
    this.sdl = sdl;
    this.#schema = schema;
    this.#contextFor = contextFor;
  }

  async execute(request: SubgraphRequest, context: C): Promise<ExecutionResult> {
    const { document, errors } = this.#check(request);
    return errors ? { errors } : execute(this.#argsOf(document, request, context));
  }

  async subscribe(request: SubgraphRequest, context: C): Promise<AsyncIterable<ExecutionResult> | ExecutionResult> {
    const { document, errors } = this.#check(request);
    return errors ? { errors } : subscribe(this.#argsOf(document, request, context));
  }

  #argsOf(document: DocumentNode, request: SubgraphRequest, context: C): ExecutionArgs {
    return {
      schema: this.#schema,
      document,
      variableValues: request.variables,
      contextValue: this.#contextFor === undefined ? context : this.#contextFor(context, request),
      operationName: request.operationName,
    };
  }

  /** One document per text, so that graphql's own memory of collected fields, which goes by its nodes, is met again. */
  #check({ query, document }: SubgraphRequest): Checked {
    let checked = this.#checked.get(query);
    if (checked === undefined) {
      const errors = validate(this.#schema, document);
      checked = errors.length > 0 ? { document, errors } : { document };
      this.#checked.set(query, checked);
    }
    return checked;
  }
}

interface Checked {
  readonly document: DocumentNode;
  readonly errors?: readonly GraphQLError[];
}

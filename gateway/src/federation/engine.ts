import type { DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema, ValidationRule } from 'graphql';
import { GraphQLError as OperationError } from 'graphql';
import type { CompileScope } from './compile.js';
import { type ComposedGraph, loadGraph, type PrecomposedSupergraph } from './compose.js';
import { ENGINE_CODES } from './errors.js';
import { executeOperation, type OperationRun } from './execute.js';
import { type PreparedOperation, prepareOperation } from './operation.js';
import { PlanCache, type PlanCacheOptions, type Preparation } from './plan-cache.js';
import { type ParseLimits, Planner, parseDocument, resolveOperation } from './prepare.js';
import type { SubgraphService } from './subgraph.js';
import { subscribeOperation } from './subscriptions.js';
import { createTypeFacts } from './type-facts.js';
import { coerceVariables, type Variables } from './variables.js';

export interface EngineOptions<C> {
  readonly services: readonly SubgraphService<C>[];
  /** Used in place of composing where it was made of exactly these services. */
  readonly supergraph?: PrecomposedSupergraph | undefined;
  /** Checked together with GraphQL's own rules. An error's own `code` is kept. */
  readonly validationRules?: readonly ValidationRule[];
  readonly parse?: ParseLimits;
  readonly planCache?: PlanCacheOptions;
}

/** One operation that a client sends, as text or parsed. */
export interface OperationRequest {
  readonly query?: string;
  /** In place of `query`. The same object is prepared once. */
  readonly document?: DocumentNode;
  readonly variables?: Variables | null | undefined;
  readonly operationName?: string | null | undefined;
}

/** Answers operations over a federated graph. It is of one composition: another one is another engine. */
export interface Engine<C = unknown> {
  readonly apiSchema: GraphQLSchema;
  readonly supergraphSdl: string;
  /** Names what the graph was composed of. */
  readonly subgraphsHash: string;
  /** Parses, validates, plans and compiles, or finds that it did so before. */
  prepare(source: string | DocumentNode, operationName?: string | null): Promise<Preparation<C>>;
  /** Runs a query or mutation. Resolves always: what is wrong with the request or failed on the way is in `errors`. */
  execute(request: OperationRequest, context: C, signal?: AbortSignal): Promise<ExecutionResult>;
  /**
   * Subscribes; an `ExecutionResult` says why not. Queries and mutations give a stream of one. Returning the stream's iterator, or
   * aborting the signal, closes it at the subgraph.
   */
  subscribe(
    request: OperationRequest,
    context: C,
    signal?: AbortSignal,
  ): Promise<AsyncGenerator<ExecutionResult, void, void> | ExecutionResult>;
}

/**
 * Makes the engine of these subgraphs.
 *
 * @throws CompositionError where they do not compose
 */
export function createEngine<C = unknown>(options: EngineOptions<C>): Engine<C> {
  return new FederationEngine(options);
}

type Ready<C> = { readonly run: OperationRun<C> } | { readonly errors: readonly GraphQLError[] };

class FederationEngine<C> implements Engine<C> {
  readonly apiSchema: GraphQLSchema;
  readonly supergraphSdl: string;
  readonly subgraphsHash: string;
  readonly #graph: ComposedGraph;
  readonly #scope: Omit<CompileScope<C>, 'keepsTypesApart'>;
  readonly #planner: Planner;
  readonly #cache: PlanCache<C>;
  readonly #rules: readonly ValidationRule[];
  readonly #parseLimits: ParseLimits;

  constructor({ services, supergraph, validationRules = [], parse = {}, planCache = {} }: EngineOptions<C>) {
    this.#graph = loadGraph(services, supergraph);
    this.apiSchema = this.#graph.apiSchema;
    this.supergraphSdl = this.#graph.supergraphSdl;
    this.subgraphsHash = this.#graph.subgraphsHash;
    this.#scope = {
      services: new Map(services.map((service) => [service.name, service])),
      types: createTypeFacts(this.#graph.fullSchema),
    };
    this.#planner = new Planner(this.#graph);
    this.#cache = new PlanCache(planCache);
    this.#rules = validationRules;
    this.#parseLimits = parse;
  }

  async prepare(source: string | DocumentNode, operationName?: string | null): Promise<Preparation<C>> {
    return this.#prepare(source, operationName ?? undefined);
  }

  async execute(request: OperationRequest, context: C, signal?: AbortSignal): Promise<ExecutionResult> {
    const ready = this.#ready(request, context, signal);
    if ('errors' in ready) return { errors: ready.errors };
    if (ready.run.operation.execution.kind === 'subscription') {
      return refuse('Subscriptions need a connection that streams: WebSocket or server-sent events.');
    }
    return executeOperation(ready.run);
  }

  async subscribe(request: OperationRequest, context: C, signal?: AbortSignal) {
    const ready = this.#ready(request, context, signal);
    if ('errors' in ready) return { errors: ready.errors };
    return subscribeOperation(ready.run);
  }

  #ready(request: OperationRequest, context: C, signal: AbortSignal | undefined): Ready<C> {
    const source = request.document ?? request.query;
    if (source === undefined) return refuse('The request has no query.');
    const preparation = this.#prepare(source, request.operationName ?? undefined);
    if (!preparation.ok) return preparation;
    const { operation } = preparation;
    const variables = request.variables ?? {};
    const coerced = coerceVariables(this.apiSchema, operation.operation, variables);
    if (!coerced.ok) return coerced;
    return { run: { operation, variables, coerced: coerced.values, context, signal } };
  }

  #prepare(source: string | DocumentNode, operationName: string | undefined): Preparation<C> {
    const known = this.#cache.get(source, operationName);
    if (known !== undefined) return known;
    const preparation = this.#prepareSafely(source, operationName);
    this.#cache.set(source, operationName, preparation);
    return preparation;
  }

  /** Parser and rules call themselves once for each level, so that thousands of levels end the stack before any rule can count them. */
  #prepareSafely(source: string | DocumentNode, operationName: string | undefined): Preparation<C> {
    try {
      return this.#prepareAnew(source, operationName);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const tooDeep = new OperationError('The operation is nested too deeply to be read.', {
        extensions: { code: ENGINE_CODES.validationFailed },
      });
      return { ok: false, errors: [tooDeep] };
    }
  }

  #prepareAnew(source: string | DocumentNode, operationName: string | undefined): Preparation<C> {
    const document = typeof source === 'string' ? parseDocument(source, this.#parseLimits) : source;
    if (document instanceof OperationError) return { ok: false, errors: [document] };
    const resolution = resolveOperation(this.#graph, document, operationName, this.#rules);
    if (!resolution.ok) return resolution;
    try {
      return { ok: true, operation: this.#plan(resolution.resolved) };
    } catch (error) {
      // The planner's own limits against operations that explode.
      if (error instanceof OperationError) return { ok: false, errors: [error] };
      throw error;
    }
  }

  #plan(resolved: Parameters<Planner['plan']>[0]): PreparedOperation<C> {
    return prepareOperation(this.apiSchema, resolved, this.#planner.plan(resolved), this.#scope);
  }
}

function refuse(message: string): { errors: readonly GraphQLError[] } {
  return { errors: [new OperationError(message, { extensions: { code: ENGINE_CODES.badUserInput } })] };
}

import type { DocumentNode, ExecutionResult } from 'graphql';

/** One operation for one subgraph, as a plan has it. The same `document` object comes again with each run of the plan, so it may key caches. */
export interface SubgraphRequest {
  readonly query: string;
  readonly document: DocumentNode;
  readonly operationName?: string;
  /** Only those the operation uses, as the client sent them, and `representations` for a fetch of entities. */
  readonly variables: Record<string, unknown>;
  readonly operation: 'query' | 'mutation' | 'subscription';
  /** Aborts when the client has gone or its deadline has passed; the engine no longer waits then. */
  readonly signal?: AbortSignal;
}

/**
 * A subgraph as the engine sees it: something that answers GraphQL operations. `C` is the caller's context, passed on untouched.
 *
 * `execute` and `subscribe` may reject: the engine makes a GraphQL error of it, with the `code`, `retryable` and `retryAfterMs`
 * that the rejection carries, and answers the rest of the operation.
 */
export interface SubgraphService<C = unknown> {
  readonly name: string;
  readonly sdl: string;
  execute(request: SubgraphRequest, context: C): Promise<ExecutionResult>;
  /** An `ExecutionResult` in place of a stream says why there is none. Returning the stream's iterator closes it upstream. */
  subscribe(request: SubgraphRequest, context: C): Promise<AsyncIterable<ExecutionResult> | ExecutionResult>;
}

import { operationFromDocument } from '@apollo/federation-internals';
import { type QueryPlan, QueryPlanner } from '@apollo/query-planner';
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql';
import { hasAmbiguousKeys } from './ambiguous-keys.js';
import type { ComposedGraph } from './compose.js';
import { ENGINE_CODES, withCode } from './errors.js';
import { type PlanningDocument, planningDocument, reservedNames } from './planning-document.js';

/** An operation of a document, checked against the API schema. */
export interface ResolvedOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

export type Resolution =
  | { readonly ok: true; readonly resolved: ResolvedOperation }
  | { readonly ok: false; readonly errors: readonly GraphQLError[] };

export interface ParseLimits {
  /** @default 20_000 tokens of a document */
  readonly maxTokens?: number;
}

/** Parses a document. Errors have the code GRAPHQL_PARSE_FAILED. */
export function parseDocument(query: string, { maxTokens = 20_000 }: ParseLimits = {}): DocumentNode | GraphQLError {
  try {
    return parse(query, { maxTokens });
  } catch (error) {
    if (error instanceof GraphQLError) return withCode(error, ENGINE_CODES.parseFailed);
    throw error;
  }
}

/** Finds the operation to run and validates its document; every error at once, with GRAPHQL_VALIDATION_FAILED or the rule's own code. */
export function resolveOperation(
  { apiSchema }: ComposedGraph,
  document: DocumentNode,
  operationName: string | undefined,
  extraRules: readonly ValidationRule[],
): Resolution {
  const errors = validate(apiSchema, document, [...specifiedRules, ...extraRules], { maxErrors: 100 });
  if (errors.length > 0) {
    return {
      ok: false,
      errors: errors.map((error) =>
        typeof error.extensions['code'] === 'string' ? error : withCode(error, ENGINE_CODES.validationFailed),
      ),
    };
  }
  const fragments = new Map<string, FragmentDefinitionNode>();
  const operations: OperationDefinitionNode[] = [];
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    else if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition);
  }
  const operation = operationName
    ? operations.find(({ name }) => name?.value === operationName)
    : operations.length === 1
      ? operations[0]
      : undefined;
  if (operation === undefined) {
    const message = operationName
      ? `The document has no operation named "${operationName}".`
      : operations.length === 0
        ? 'The document has no operation.'
        : 'The document has several operations: give operationName.';
    const extensions = { code: ENGINE_CODES.operationResolution };
    return { ok: false, errors: [new GraphQLError(message, { extensions })] };
  }
  return { ok: true, resolved: { document, operation, fragments } };
}

/** A plan, and what it names otherwise than the client. */
export interface PlannedOperation extends Pick<PlanningDocument, 'variables' | 'keys'> {
  readonly plan: QueryPlan;
  /** Whether the plan's paths distinguish the types of objects. */
  readonly keepsTypesApart: boolean;
}

/** Plans operations over one composition. Planning takes from under a millisecond to a hundred, all of it CPU. */
export class Planner {
  readonly #graph: ComposedGraph;
  readonly #reservedNames: ReadonlySet<string>;
  /** Made with the first operation: building its graph of queries is a part of a server's start that can wait. */
  #planner: QueryPlanner | undefined;
  #byTypePlanner: QueryPlanner | undefined;

  constructor(graph: ComposedGraph) {
    this.#graph = graph;
    this.#reservedNames = reservedNames(graph.supergraphSdl);
  }

  /** @throws GraphQLError for an operation beyond the planner's limits */
  plan(resolved: ResolvedOperation): PlannedOperation {
    const { document, variables, keys } = planningDocument(resolved.document, this.#reservedNames);
    // Telling types apart costs more fetches, so it is done only where it matters.
    const keepsTypesApart = hasAmbiguousKeys(resolved);
    const operationName = resolved.operation.name?.value;
    const operation = operationFromDocument(
      this.#graph.supergraph.apiSchema(),
      document,
      operationName === undefined ? {} : { operationName },
    );
    return { plan: this.#plannerFor(keepsTypesApart).buildQueryPlan(operation), variables, keys, keepsTypesApart };
  }

  #plannerFor(keepsTypesApart: boolean): QueryPlanner {
    const { supergraph } = this.#graph;
    if (keepsTypesApart) {
      this.#byTypePlanner ??= new QueryPlanner(supergraph, { typeConditionedFetching: true });
      return this.#byTypePlanner;
    }
    this.#planner ??= new QueryPlanner(supergraph);
    return this.#planner;
  }
}

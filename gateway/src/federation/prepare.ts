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
  visit,
} from 'graphql';
import type { ComposedGraph } from './compose.js';
import { ENGINE_CODES, withCode } from './errors.js';

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

/** A plan and the client's variables whose names it changed. */
export interface PlannedOperation {
  readonly plan: QueryPlan;
  /** From the name in the plan to the client's. */
  readonly renamedVariables: ReadonlyMap<string, string>;
}

/** Plans operations over one composition. Planning takes from under a millisecond to a hundred, all of it CPU. */
export class Planner {
  readonly #graph: ComposedGraph;
  /** Made with the first operation: building its graph of queries is a part of a server's start that can wait. */
  #planner: QueryPlanner | undefined;

  constructor(graph: ComposedGraph) {
    this.#graph = graph;
  }

  /** @throws GraphQLError for an operation beyond the planner's limits */
  plan({ document, operation }: ResolvedOperation): PlannedOperation {
    const renamedVariables = new Map<string, string>();
    const planned = withoutReservedVariable(document, operation, renamedVariables);
    const operationName = operation.name?.value;
    this.#planner ??= new QueryPlanner(this.#graph.supergraph);
    const plan = this.#planner.buildQueryPlan(
      operationFromDocument(
        this.#graph.supergraph.apiSchema(),
        planned,
        operationName === undefined ? {} : { operationName },
      ),
    );
    return { plan, renamedVariables };
  }
}

const RESERVED_VARIABLE = 'representations';

/** A fetch of entities has a variable `representations` of its own: a client's of that name gets another one in the plan. */
function withoutReservedVariable(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  renamed: Map<string, string>,
): DocumentNode {
  const names = new Set(operation.variableDefinitions?.map(({ variable }) => variable.name.value));
  if (!names.has(RESERVED_VARIABLE)) return document;
  let name = `${RESERVED_VARIABLE}_`;
  while (names.has(name)) name += '_';
  renamed.set(name, RESERVED_VARIABLE);
  return visit(document, {
    Variable: (node) =>
      node.name.value === RESERVED_VARIABLE ? { ...node, name: { ...node.name, value: name } } : undefined,
  });
}

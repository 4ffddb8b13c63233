import type { QueryPlan } from '@apollo/query-planner';
import { type DirectiveNode, type GraphQLSchema, Kind, type OperationTypeNode, visit } from 'graphql';
import { type CompileScope, compileFetch, compilePlan } from './compile.js';
import type { CompiledFetch } from './fetch.js';
import { compileIntrospection, type Introspection } from './introspect.js';
import { operationShape, type Shape } from './merge.js';
import type { PlannedOperation, ResolvedOperation } from './prepare.js';
import { compileProjection, type ProjectedOperation, type Projection } from './project.js';
import type { Step } from './run.js';
import type { Variables } from './variables.js';

/** An operation that is ready to run, as often as wanted, with any variables. */
export interface PreparedOperation<C = unknown> extends ResolvedOperation {
  readonly type: OperationTypeNode;
  readonly plan: QueryPlan;
  /** What the plan names otherwise than the client. */
  readonly renamed: Renamed;
  readonly execution: PreparedExecution<C>;
  readonly introspection: Introspection | undefined;
  /** The projection for the values that conditions have with these (coerced) variables. */
  projectionFor(variables: Variables): Projection;
}

export interface Renamed {
  /** From a variable's name in the plan to the client's. */
  readonly variables: ReadonlyMap<string, string>;
  /** From a key of the data to the client's. */
  readonly clientKeys: ReadonlyMap<string, string>;
}

export type PreparedExecution<C> =
  /** `step` is undefined where no subgraph is asked anything. */
  | { readonly kind: 'request'; readonly step: Step<C> | undefined }
  /** Each event of `primary` is the data that `rest` starts from. */
  | {
      readonly kind: 'subscription';
      readonly primary: CompiledFetch<C>;
      readonly shape: Shape;
      readonly rest: Step<C> | undefined;
    };

/** Compiles a planned operation. */
export function prepareOperation<C>(
  schema: GraphQLSchema,
  resolved: ResolvedOperation,
  { plan, variables, keys, keepsTypesApart }: PlannedOperation,
  scope: Omit<CompileScope<C>, 'keepsTypesApart'>,
): PreparedOperation<C> {
  const { operation, fragments } = resolved;
  return {
    ...resolved,
    type: operation.operation,
    plan,
    renamed: { variables, clientKeys: new Map([...keys].map(([client, data]) => [data, client])) },
    execution: compileExecution(plan, { ...scope, keepsTypesApart }),
    introspection: compileIntrospection(schema, operation, fragments),
    projectionFor: projections({ schema, ...resolved, dataKeys: keys }),
  };
}

function compileExecution<C>({ node }: QueryPlan, scope: CompileScope<C>): PreparedExecution<C> {
  if (node?.kind !== 'Subscription') return { kind: 'request', step: node && compilePlan(node, scope) };
  const primary = compileFetch(node.primary, scope, []);
  return {
    kind: 'subscription',
    primary,
    shape: operationShape(primary.document, node.primary.outputRewrites),
    rest: node.rest && compilePlan(node.rest, scope),
  };
}

/** An operation with n conditions could have 2^n projections; clients use a few. */
const MAX_PROJECTIONS = 32;

function projections(from: ProjectedOperation): (variables: Variables) => Projection {
  const names = conditionVariables(from);
  const compiled = new Map<string, Projection>();
  return (variables) => {
    let assignment = '';
    for (const name of names) assignment += variables[name] === true ? '1' : '0';
    let projection = compiled.get(assignment);
    if (projection === undefined) {
      projection = compileProjection(from, (name) => variables[name] === true);
      if (compiled.size >= MAX_PROJECTIONS) compiled.delete(compiled.keys().next().value!);
      compiled.set(assignment, projection);
    }
    return projection;
  };
}

function conditionVariables({ operation, document }: ResolvedOperation): readonly string[] {
  const declared = new Set(operation.variableDefinitions?.map(({ variable }) => variable.name.value));
  const used = new Set<string>();
  visit(document, {
    Directive: (node: DirectiveNode) => {
      if (node.name.value !== 'skip' && node.name.value !== 'include') return;
      const value = node.arguments?.[0]?.value;
      if (value?.kind === Kind.VARIABLE && declared.has(value.name.value)) used.add(value.name.value);
    },
  });
  return [...used];
}

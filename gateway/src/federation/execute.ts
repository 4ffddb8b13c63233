import { type ExecutionResult, GraphQLError } from 'graphql';
import { ENGINE_CODES, errorOf } from './errors.js';
import type { PreparedOperation } from './operation.js';
import { PlanRun } from './run.js';
import type { Variables } from './variables.js';

/** The variables by the names that the plan has for them. */
export function planVariables(operation: PreparedOperation<never>, variables: Variables): Variables {
  if (operation.renamed.variables.size === 0) return variables;
  const renamed: Record<string, unknown> = { ...variables };
  for (const [planned, clients] of operation.renamed.variables) {
    if (Object.hasOwn(variables, clients)) renamed[planned] = variables[clients];
  }
  return renamed;
}

export interface OperationRun<C> {
  readonly operation: PreparedOperation<C>;
  readonly variables: Variables;
  readonly coerced: Variables;
  readonly context: C;
  readonly signal: AbortSignal | undefined;
}

/** Runs a query or mutation whose variables have been checked. Never rejects: what failed is in the result's errors. */
export async function executeOperation<C>(of: OperationRun<C>): Promise<ExecutionResult> {
  const { execution } = of.operation;
  if (execution.kind !== 'request') throw new Error('A subscription is not executed, it is subscribed to.');
  const run = startRun(of);
  try {
    const pending = execution.step?.(run);
    if (pending !== undefined) await pending;
    return project(of, run);
  } finally {
    run.end();
  }
}

export function startRun<C>({ operation, variables, coerced, context, signal }: OperationRun<C>): PlanRun<C> {
  return new PlanRun(context, planVariables(operation, variables), planVariables(operation, coerced), signal);
}

/** Shapes what a run has merged to the response. */
export function project<C>({ operation, coerced }: OperationRun<C>, run: PlanRun<C>): ExecutionResult {
  const { data, violations } = operation.projectionFor(coerced)({
    data: run.data,
    shared: run.shared,
    introspection: operation.introspection?.(coerced),
  });
  // What is null because a subgraph said why is explained; a null that nobody explained is an error of its own.
  const unexplained = run.failures.length > 0 ? [] : violations;
  const errors = [
    ...run.failures.map((failure) => errorOf(failure, data, operation.renamed)),
    ...unexplained.map(
      ({ path, message }) => new GraphQLError(message, { path, extensions: { code: ENGINE_CODES.internal } }),
    ),
  ];
  return errors.length > 0 ? { errors, data } : { data };
}

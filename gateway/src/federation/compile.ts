import type { ConditionNode, FetchNode, PlanNode } from '@apollo/query-planner';
import { parse } from 'graphql';
import { type PathStep, parsePath } from './data-path.js';
import { type CompiledFetch, compileEntityFetch, compilePlainFetch } from './fetch.js';
import { compileRewrites } from './rewrites.js';
import type { PlanRun, Step } from './run.js';
import type { SubgraphService } from './subgraph.js';
import type { TypeFacts } from './type-facts.js';

/** What plan nodes are compiled against: fixed for one composition. */
export interface CompileScope<C> {
  readonly services: ReadonlyMap<string, SubgraphService<C>>;
  readonly types: TypeFacts;
  /** Whether the plan's paths distinguish types. */
  readonly keepsTypesApart: boolean;
}

/** Compiles a plan to one function that runs it. All that depends on the plan alone is done here, once. */
export function compilePlan<C>(node: PlanNode, scope: CompileScope<C>, path: readonly PathStep[] = []): Step<C> {
  switch (node.kind) {
    case 'Sequence':
      return sequence(node.nodes.map((child) => compilePlan(child, scope, path)));
    case 'Parallel':
      return parallel(node.nodes.map((child) => compilePlan(child, scope, path)));
    case 'Flatten':
      return compilePlan(node.node, scope, [...path, ...parsePath(node.path)]);
    case 'Condition':
      return condition(node, scope, path);
    case 'Fetch':
      return fetchStep(node, scope, path);
    case 'Defer':
      throw new Error('The planner was not asked for @defer.');
  }
}

function sequence<C>(steps: readonly Step<C>[]): Step<C> {
  if (steps.length === 1) return steps[0]!;
  return async (run) => {
    for (const step of steps) {
      const pending = step(run);
      if (pending !== undefined) await pending;
    }
  };
}

function parallel<C>(steps: readonly Step<C>[]): Step<C> {
  return (run) => {
    const pending: Promise<void>[] = [];
    for (const step of steps) {
      const promise = step(run);
      if (promise !== undefined) pending.push(promise);
    }
    if (pending.length <= 1) return pending[0];
    return Promise.all(pending).then(() => undefined);
  };
}

function condition<C>(node: ConditionNode, scope: CompileScope<C>, path: readonly PathStep[]): Step<C> {
  const whenTrue = node.ifClause && compilePlan(node.ifClause, scope, path);
  const whenFalse = node.elseClause && compilePlan(node.elseClause, scope, path);
  const holds = (run: PlanRun<C>) => run.coercedVariables[node.condition] === true;
  return (run) => (holds(run) ? whenTrue : whenFalse)?.(run);
}

function fetchStep<C>(node: FetchNode, scope: CompileScope<C>, path: readonly PathStep[]): Step<C> {
  const fetch = compileFetch(node, scope, path);
  return node.requires ? compileEntityFetch(fetch, node.requires, scope.types) : compilePlainFetch(fetch);
}

export function compileFetch<C>(node: FetchNode, scope: CompileScope<C>, path: readonly PathStep[]): CompiledFetch<C> {
  const service = scope.services.get(node.serviceName);
  if (service === undefined) throw new Error(`The plan names the subgraph "${node.serviceName}", which is not here.`);
  return {
    node,
    service,
    path,
    document: parse(node.operation, { noLocation: true }),
    rewriteOutput: compileRewrites(node.outputRewrites, scope.types),
    keepsTypesApart: scope.keepsTypesApart,
  };
}

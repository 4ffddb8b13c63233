import type { FetchNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import type { DocumentNode, ExecutionResult } from 'graphql';
import { collectObjects, type PathStep, walkPlaces } from './data-path.js';
import { abortError, fetchFailure, subgraphFailure } from './errors.js';
import { copyObject, entityShape, mergeObject, operationShape, type Shape } from './merge.js';
import { compileRepresentations, type RepresentationBatch } from './representations.js';
import { isObject, ownValue, ResponseObject } from './response-object.js';
import { compileRewrites, type Rewrite } from './rewrites.js';
import type { PlanRun, Step } from './run.js';
import type { SubgraphRequest, SubgraphService } from './subgraph.js';
import type { TypeFacts } from './type-facts.js';

/** A fetch of a plan with what was compiled of it. */
export interface CompiledFetch<C> {
  readonly node: FetchNode;
  readonly service: SubgraphService<C>;
  /** Where in the data the answer goes. */
  readonly path: readonly PathStep[];
  readonly document: DocumentNode;
  readonly rewriteOutput: Rewrite | undefined;
  /** The plan goes on differently by the types of objects further up, so that the places of one entity must not share it. */
  readonly keepsTypesApart: boolean;
}

type Place = readonly (string | number)[];

/** An error is repeated for each place of its entity, so that a client finds it where the value is missing; not without end. */
const MAX_PLACES_PER_ERROR = 100;

/** A fetch of root fields: of the operation itself, or of the `Query` that a mutation's payload gives. */
export function compilePlainFetch<C>(fetch: CompiledFetch<C>): Step<C> {
  const { node, path } = fetch;
  const shape = operationShape(fetch.document, node.outputRewrites);
  return (run) => {
    const targets = targetsAt(run, path);
    if (targets.length === 0) return undefined;
    return send(run, fetch, requestOf(run, fetch)).then(
      (result) => takeRoot(run, fetch, shape, result, targets),
      (cause) => {
        // The fetch is one, the root fields that miss are several.
        for (const { key } of shape.fields) {
          for (const place of placesOf(run, path))
            run.addFailure(fetchFailure(cause, node.serviceName, [...place, key]));
        }
      },
    );
  };
}

/** Takes a root fetch's answer into the data. Also what a subscription does with an event. */
export function takeRoot<C>(
  run: PlanRun<C>,
  { node, path, rewriteOutput, keepsTypesApart }: CompiledFetch<C>,
  shape: Shape,
  result: ExecutionResult,
  targets: readonly ResponseObject[],
): void {
  for (const error of result.errors ?? []) {
    for (const place of placesOf(run, path)) {
      run.addFailure(subgraphFailure(error, node.serviceName, error.path && [...place, ...error.path]));
    }
  }
  if (!isObject(result.data)) return;
  rewriteOutput?.(result.data);
  mergeIntoAll(run, targets, result.data, shape, keepsTypesApart);
}

/** A fetch of fields of entities that other fetches found. */
export function compileEntityFetch<C>(
  fetch: CompiledFetch<C>,
  requires: readonly QueryPlanSelectionNode[],
  types: TypeFacts,
): Step<C> {
  const { node, path } = fetch;
  const shape = entityShape(fetch.document, node.outputRewrites);
  const represent = compileRepresentations(requires, compileRewrites(node.inputRewrites, types), types);
  return (run) => {
    const batch = represent(targetsAt(run, path));
    if (batch.representations.length === 0) return undefined;
    const request = requestOf(run, fetch);
    request.variables['representations'] = batch.representations;
    return send(run, fetch, request)
      .then((result) => takeEntities(run, fetch, shape, result, batch, types))
      .catch((cause: unknown) => {
        for (const place of placesOf(run, path)) run.addFailure(fetchFailure(cause, node.serviceName, place));
      });
  };
}

function takeEntities<C>(
  run: PlanRun<C>,
  { node, path, rewriteOutput, keepsTypesApart }: CompiledFetch<C>,
  shape: Shape,
  result: ExecutionResult,
  { representations, targets }: RepresentationBatch,
  types: TypeFacts,
): void {
  const locate = locator(run, path, targets);
  for (const error of result.errors ?? []) {
    const index = error.path?.[0] === '_entities' ? error.path[1] : undefined;
    const rest = typeof index === 'number' ? error.path!.slice(2) : [];
    for (const place of locate(typeof index === 'number' ? index : undefined)) {
      if (!run.addFailure(subgraphFailure(error, node.serviceName, [...place, ...rest]))) break;
    }
  }
  const entities = isObject(result.data) ? ownValue(result.data, '_entities') : undefined;
  if (!Array.isArray(entities) || entities.length !== representations.length) {
    if (result.errors?.length) return;
    throw new Error(`Expected ${representations.length} entities in the answer.`);
  }
  for (const [index, entity] of entities.entries()) {
    if (!isObject(entity)) continue;
    rewriteOutput?.(entity);
    // A subgraph that knows an interface only as an object names the interface: the type that is there already says more.
    const typename = entity['__typename'];
    if (typeof typename === 'string' && types.isInterface(typename)) delete entity['__typename'];
    mergeIntoAll(run, targets[index]!, entity, shape, keepsTypesApart);
  }
}

function mergeIntoAll<C>(
  run: PlanRun<C>,
  targets: readonly ResponseObject[],
  source: ResponseObject,
  shape: Shape,
  keepsTypesApart: boolean,
): void {
  if (keepsTypesApart) {
    for (const target of targets) mergeObject(target, copyObject(source, shape), shape);
    return;
  }
  for (const target of targets) mergeObject(target, source, shape);
  if (targets.length > 1) markShared(run, source, shape);
}

/** Merging shares composite values among its targets; shaping the response can then do each of them once. */
function markShared<C>(run: PlanRun<C>, source: ResponseObject, shape: Shape): void {
  for (const field of shape.fields) {
    if (field.shape === undefined) continue;
    const value = ownValue(source, field.key);
    if (typeof value !== 'object' || value === null) continue;
    run.shared ??= new Set();
    run.shared.add(value);
  }
}

export function requestOf<C>(run: PlanRun<C>, { node, document }: CompiledFetch<C>): SubgraphRequest {
  const variables = new ResponseObject();
  for (const name of node.variableUsages ?? []) {
    const value = ownValue(run.variables, name);
    if (value !== undefined) variables[name] = value;
  }
  return {
    query: node.operation,
    document,
    variables,
    operation: node.operationKind,
    ...(node.operationName === undefined ? undefined : { operationName: node.operationName }),
    ...(run.signal === undefined ? undefined : { signal: run.signal }),
  };
}

async function send<C>(
  run: PlanRun<C>,
  { service }: CompiledFetch<C>,
  request: SubgraphRequest,
): Promise<ExecutionResult> {
  // What has been aborted starts nothing: the next mutation of a sequence least of all.
  if (run.signal?.aborted) throw abortError(run.signal.reason);
  return run.orAborted(service.execute(request, run.context));
}

function targetsAt<C>(run: PlanRun<C>, path: readonly PathStep[]): ResponseObject[] {
  if (path.length === 0) return [run.data];
  return collectObjects(run.data, path, run.shared);
}

function placesOf<C>(run: PlanRun<C>, path: readonly PathStep[]): Place[] {
  const places: Place[] = [];
  walkPlaces(run.data, path, (_object, place) => places.push([...place]) < MAX_PLACES_PER_ERROR);
  return places;
}

/** Finds the places of the entity that a representation stands for; all places for an error that names none. */
function locator<C>(run: PlanRun<C>, path: readonly PathStep[], targets: readonly (readonly ResponseObject[])[]) {
  let placesByIndex: Place[][] | undefined;
  return (index: number | undefined): readonly Place[] => {
    if (index === undefined) return placesOf(run, path);
    if (placesByIndex === undefined) {
      const indexByObject = new Map<ResponseObject, number>();
      for (const [at, objects] of targets.entries()) for (const object of objects) indexByObject.set(object, at);
      const found: Place[][] = targets.map(() => []);
      walkPlaces(run.data, path, (object, place) => {
        const places = found[indexByObject.get(object) ?? -1];
        if (places !== undefined && places.length < MAX_PLACES_PER_ERROR) places.push([...place]);
        return true;
      });
      placesByIndex = found;
    }
    return placesByIndex[index] ?? [];
  };
}

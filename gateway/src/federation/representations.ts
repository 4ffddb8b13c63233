import type { QueryPlanInlineFragmentNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import { isInherited, isObject, ownValue, ResponseObject, setOwn } from './response-object.js';
import type { Rewrite } from './rewrites.js';
import type { TypeFacts } from './type-facts.js';

/** What a subgraph is asked for: each entity once, with everything in the data that waits for it. */
export interface RepresentationBatch {
  readonly representations: ResponseObject[];
  /** By the index of the representation: the objects that its entity is merged into. */
  readonly targets: ResponseObject[][];
}

/** Copies what is required from `source` to `into`; says false where something is missing. */
type Copy = (source: ResponseObject, into: ResponseObject) => boolean;

/**
 * Compiles a fetch's `requires` to a function that makes the representations of the entities found in the data. Entities with the
 * same key fields become one representation. Those that lack a required field are left out: its own fetch failed and said why.
 */
export function compileRepresentations(
  requires: readonly QueryPlanSelectionNode[],
  rewrite: Rewrite | undefined,
  types: TypeFacts,
): (entities: readonly ResponseObject[]) => RepresentationBatch {
  const extract = compileSelections(requires, types);
  return (entities) => {
    const batch: RepresentationBatch = { representations: [], targets: [] };
    const indexByIdentity = new Map<string, number>();
    const seen = new Set<ResponseObject>();
    for (const entity of entities) {
      // One object can stand at many places, since the places of an entity share what was fetched for it.
      if (seen.has(entity)) continue;
      seen.add(entity);
      const representation = new ResponseObject();
      if (!extract(entity, representation) || !representation['__typename']) continue;
      rewrite?.(representation);
      const identity = JSON.stringify(representation);
      const index = indexByIdentity.get(identity);
      if (index === undefined) {
        indexByIdentity.set(identity, batch.representations.length);
        batch.representations.push(representation);
        batch.targets.push([entity]);
      } else {
        batch.targets[index]!.push(entity);
      }
    }
    return batch;
  };
}

function compileSelections(selections: readonly QueryPlanSelectionNode[], types: TypeFacts): Copy {
  const extracts = selections.map((selection) => compileSelection(selection, types));
  if (extracts.length === 1) return extracts[0]!;
  return (source, into) => {
    for (const extract of extracts) if (!extract(source, into)) return false;
    return true;
  };
}

function compileSelection(selection: QueryPlanSelectionNode, types: TypeFacts): Copy {
  if (selection.kind === 'InlineFragment') return compileFragment(selection, types);
  const key = selection.alias ?? selection.name;
  const inherited = isInherited(key);
  const copy = selection.selections ? compileCopy(compileSelections(selection.selections, types)) : undefined;
  return (source, into) => {
    const value = inherited ? ownValue(source, key) : source[key];
    if (value === undefined) return false;
    setOwn(into, key, copy ? copy(value) : value);
    return true;
  };
}

function compileFragment(fragment: QueryPlanInlineFragmentNode, types: TypeFacts): Copy {
  const extract = compileSelections(fragment.selections, types);
  const condition = fragment.typeCondition;
  if (condition === undefined) return extract;
  return (source, into) => {
    const typename = source['__typename'];
    if (typeof typename !== 'string' || !types.isOfType(typename, condition)) return true;
    const part = new ResponseObject();
    // An incomplete fragment is left out whole; another one may still make a representation.
    if (extract(source, part)) merge(into, part);
    return true;
  };
}

/** Copies a composite value, through lists. What is incomplete inside becomes null, as an input that is not there. */
function compileCopy(extract: Copy): (value: unknown) => unknown {
  const copy = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(copy);
    if (!isObject(value)) return null;
    const into = new ResponseObject();
    return extract(value, into) ? into : null;
  };
  return copy;
}

/** Joins what two fragments copied of one object. */
function merge(target: unknown, source: unknown): void {
  if (Array.isArray(target) && Array.isArray(source)) {
    for (const [index, element] of source.entries()) merge(target[index], element);
  } else if (isObject(target) && isObject(source)) {
    for (const key of Object.keys(source)) {
      const existing = ownValue(target, key);
      if (typeof existing === 'object' && existing !== null) merge(existing, source[key]);
      else setOwn(target, key, source[key]);
    }
  }
}

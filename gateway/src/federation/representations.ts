import type { QueryPlanFieldNode, QueryPlanInlineFragmentNode, QueryPlanSelectionNode } from '@apollo/query-planner';
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

/** Makes the representation of an entity, unless the same one was made before; nothing where a required field is missing. */
interface Represent {
  identify(entity: ResponseObject): string | undefined;
  build(entity: ResponseObject): ResponseObject;
}

/**
 * Compiles a fetch's `requires` to a function that makes the representations of the entities found in the data. Entities with the
 * same key fields become one representation. Those that lack a required field are left out: its own fetch failed and said why.
 */
export function compileRepresentations(
  requires: readonly QueryPlanSelectionNode[],
  rewrite: Rewrite | undefined,
  types: TypeFacts,
): (entities: readonly ResponseObject[]) => RepresentationBatch {
  const byTypename = new Map<string, Represent>();
  return (entities) => {
    const batch: RepresentationBatch = { representations: [], targets: [] };
    const indexByIdentity = new Map<string, number>();
    for (const entity of entities) {
      const typename = entity['__typename'];
      if (typeof typename !== 'string') continue;
      let represent = byTypename.get(typename);
      if (represent === undefined) {
        represent = compileForType(requires, typename, types);
        if (types.isKnown(typename)) byTypename.set(typename, represent);
      }
      const identity = represent.identify(entity);
      if (identity === undefined) continue;
      const index = indexByIdentity.get(identity);
      if (index !== undefined) {
        batch.targets[index]!.push(entity);
        continue;
      }
      const representation = represent.build(entity);
      rewrite?.(representation);
      indexByIdentity.set(identity, batch.representations.length);
      batch.representations.push(representation);
      batch.targets.push([entity]);
    }
    return batch;
  };
}

/** Nearly always one fragment applies to a type and asks for a few fields: that case needs no joining of parts. */
function compileForType(requires: readonly QueryPlanSelectionNode[], typename: string, types: TypeFacts): Represent {
  const applying = requires.filter(
    (selection) =>
      selection.kind === 'Field' ||
      selection.typeCondition === undefined ||
      types.isOfType(typename, selection.typeCondition),
  );
  const [only] = applying;
  const fields = applying.length === 1 && only?.kind === 'InlineFragment' ? only.selections : applying;
  if (fields.length > 0 && fields.every((selection) => selection.kind === 'Field')) {
    return ofFields(fields, types);
  }
  return ofParts(compileSelections(applying, types));
}

function ofFields(selections: readonly QueryPlanFieldNode[], types: TypeFacts): Represent {
  const fields = selections.map((selection) => compileField(selection, types));
  const hasTypename = fields.some(({ key }) => key === '__typename');
  return {
    identify(entity) {
      // Without its type it is no representation.
      if (!hasTypename) return undefined;
      let identity = '';
      for (const { key, inherited, copy } of fields) {
        const value = inherited ? ownValue(entity, key) : entity[key];
        if (value === undefined) return undefined;
        identity += identityOf(copy === undefined ? value : copy(value));
      }
      return identity;
    },
    build(entity) {
      const representation = new ResponseObject();
      for (const { key, copy } of fields) {
        const value = ownValue(entity, key);
        setOwn(representation, key, copy === undefined ? value : copy(value));
      }
      return representation;
    },
  };
}

/** Lengths keep values apart that only look alike when joined. */
function identityOf(value: unknown): string {
  if (typeof value === 'string') return `${value.length}:${value}`;
  if (typeof value === 'object' && value !== null) {
    const text = JSON.stringify(value);
    return `o${text.length}:${text}`;
  }
  return `${String(value)};`;
}

function ofParts(extract: Copy): Represent {
  const build = (entity: ResponseObject) => {
    const representation = new ResponseObject();
    return extract(entity, representation) && representation['__typename'] ? representation : undefined;
  };
  return {
    identify(entity) {
      const representation = build(entity);
      return representation && JSON.stringify(representation);
    },
    build: (entity) => build(entity)!,
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
  const { key, inherited, copy } = compileField(selection, types);
  return (source, into) => {
    const value = inherited ? ownValue(source, key) : source[key];
    if (value === undefined) return false;
    setOwn(into, key, copy ? copy(value) : value);
    return true;
  };
}

function compileField({ alias, name, selections }: QueryPlanFieldNode, types: TypeFacts) {
  const key = alias ?? name;
  const copy = selections && compileCopy(compileSelections(selections, types));
  return { key, inherited: isInherited(key), copy };
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

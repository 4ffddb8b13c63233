import type { FetchDataRewrite } from '@apollo/query-planner';
import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from 'graphql';
import { isInherited, isObject, ownValue, ResponseObject, setOwn } from './response-object.js';

/**
 * The keys that an operation's answer can have, for all types together. Merging follows it rather than the data, so that it never
 * reaches into the value of a scalar (which may be an object that a resolver keeps).
 */
export interface Shape {
  readonly fields: ShapeField[];
}

interface ShapeField {
  readonly key: string;
  readonly inherited: boolean;
  /** What the composite value of the field can have; undefined for scalars and enums. */
  shape: Shape | undefined;
}

/** The shape of an operation's data after the plan's renamings. */
export function operationShape(document: DocumentNode, rewrites: readonly FetchDataRewrite[] | undefined): Shape {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const shape: Shape = { fields: [] };
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) addSelections(shape, definition.selectionSet, fragments);
  }
  for (const rewrite of rewrites ?? []) {
    if (rewrite.kind === 'KeyRenamer') addRenamed(shape, rewrite.path, rewrite.renameKeyTo);
  }
  return shape;
}

/** The shape of the entities that an `_entities` operation answers. */
export function entityShape(document: DocumentNode, rewrites: readonly FetchDataRewrite[] | undefined): Shape {
  const root = operationShape(document, undefined);
  const shape = root.fields.find(({ key }) => key === '_entities')?.shape ?? { fields: [] };
  for (const rewrite of rewrites ?? []) {
    if (rewrite.kind === 'KeyRenamer') addRenamed(shape, rewrite.path, rewrite.renameKeyTo);
  }
  return shape;
}

function addSelections(shape: Shape, set: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
  for (const selection of set.selections) {
    switch (selection.kind) {
      case Kind.FIELD: {
        const field = fieldOf(shape, selection.alias?.value ?? selection.name.value);
        if (selection.selectionSet) {
          field.shape ??= { fields: [] };
          addSelections(field.shape, selection.selectionSet, fragments);
        }
        break;
      }
      case Kind.INLINE_FRAGMENT:
        addSelections(shape, selection.selectionSet, fragments);
        break;
      case Kind.FRAGMENT_SPREAD: {
        const fragment = fragments.get(selection.name.value);
        if (fragment) addSelections(shape, fragment.selectionSet, fragments);
        break;
      }
    }
  }
}

function fieldOf(shape: Shape, key: string): ShapeField {
  let field = shape.fields.find((candidate) => candidate.key === key);
  if (field === undefined) {
    field = { key, inherited: isInherited(key), shape: undefined };
    shape.fields.push(field);
  }
  return field;
}

function addRenamed(shape: Shape, path: readonly string[], name: string) {
  let parent: Shape | undefined = shape;
  const keys = path.filter((element) => !element.startsWith('... on '));
  for (const key of keys.slice(0, -1)) parent = parent?.fields.find((field) => field.key === key)?.shape;
  const renamed = parent?.fields.find((field) => field.key === keys.at(-1));
  if (parent === undefined || renamed === undefined) return;
  const field = fieldOf(parent, name);
  if (renamed.shape) {
    // Aliases exist because the fields under one name differ by type, so what they can have adds up.
    field.shape ??= { fields: [] };
    addShape(field.shape, renamed.shape);
  }
}

function addShape(target: Shape, source: Shape) {
  for (const { key, shape } of source.fields) {
    const field = fieldOf(target, key);
    if (shape) {
      field.shape ??= { fields: [] };
      addShape(field.shape, shape);
    }
  }
}

/**
 * Adds an answer to what is there of the same object. What is new is taken over by reference, not copied: the places of one entity
 * then share what was fetched for it.
 */
export function mergeObject(target: ResponseObject, source: ResponseObject, shape: Shape): void {
  for (const { key, inherited, shape: inner } of shape.fields) {
    const value = inherited ? ownValue(source, key) : source[key];
    if (value === undefined) continue;
    const existing = inner === undefined ? undefined : ownValue(target, key);
    if (inner === undefined || !mergeValue(existing, value, inner)) setOwn(target, key, value);
  }
}

/** Says false where the new value is to stand in place of the existing one. */
function mergeValue(existing: unknown, value: unknown, shape: Shape): boolean {
  if (existing === value) return true;
  if (Array.isArray(existing) && Array.isArray(value) && existing.length === value.length) {
    for (const [index, element] of value.entries()) {
      if (!mergeValue(existing[index], element, shape)) existing[index] = element;
    }
    return true;
  }
  if (isObject(existing) && isObject(value)) {
    mergeObject(existing, value, shape);
    return true;
  }
  return false;
}

/** A copy that shares no composite value with the original, for places that later fetches tell apart. */
export function copyObject(source: ResponseObject, shape: Shape): ResponseObject {
  const copy = new ResponseObject();
  for (const { key, shape: inner } of shape.fields) {
    const value = ownValue(source, key);
    if (value !== undefined) setOwn(copy, key, inner === undefined ? value : copyValue(value, inner));
  }
  return copy;
}

function copyValue(value: unknown, shape: Shape): unknown {
  if (Array.isArray(value)) return value.map((element) => copyValue(element, shape));
  return isObject(value) ? copyObject(value, shape) : value;
}

import { type FieldNode, type FragmentDefinitionNode, Kind, print, type SelectionSetNode } from 'graphql';
import type { ResolvedOperation } from './prepare.js';

interface Place {
  readonly meaning: string;
  readonly below: Map<string, Place>;
}

/** An operation with more fields than this, fragments expanded, is not looked through. */
const MAX_FIELDS = 20_000;

/**
 * Whether a key of the response means different fields for different types of object, as `name` does in
 * `{ pet { ... on Cat { owner { name: first } } ... on Dog { owner { name: last } } } }`. GraphQL allows that; a plan whose paths do not
 * tell the types apart would give both owners the same.
 */
export function hasAmbiguousKeys({ operation, fragments }: ResolvedOperation): boolean {
  return new KeySearch(fragments).search(operation.selectionSet, new Map());
}

class KeySearch {
  #left = MAX_FIELDS;

  constructor(private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>) {}

  search(set: SelectionSetNode, places: Map<string, Place>): boolean {
    for (const selection of set.selections) {
      if (this.#left-- <= 0) return false;
      if (selection.kind === Kind.FIELD) {
        if (this.#add(selection, places)) return true;
      } else {
        const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.fragments.get(selection.name.value);
        if (inner && this.search(inner.selectionSet, places)) return true;
      }
    }
    return false;
  }

  #add(field: FieldNode, places: Map<string, Place>): boolean {
    const key = field.alias?.value ?? field.name.value;
    const meaning = `${field.name.value}(${(field.arguments ?? []).map(print).sort().join()})`;
    let place = places.get(key);
    if (place === undefined) {
      place = { meaning, below: new Map() };
      places.set(key, place);
    }
    if (place.meaning !== meaning) return true;
    return field.selectionSet !== undefined && this.search(field.selectionSet, place.below);
  }
}

import type { ResponsePath } from '@apollo/query-planner';
import { isInherited, isObject, ownValue, type ResponseObject } from './response-object.js';

/**
 * A step of a plan's path into the data: the value under a key, each element of a list, or only the objects of some types. The
 * planner writes the last as a suffix, `owner|[Book,Film]`, and each list as an element `@`.
 */
export type PathStep =
  | { readonly kind: 'key'; readonly key: string; readonly inherited: boolean }
  | { readonly kind: 'elements' }
  | { readonly kind: 'types'; readonly names: ReadonlySet<string> };

export function parsePath(path: ResponsePath): PathStep[] {
  const steps: PathStep[] = [];
  for (const element of path) {
    const text = String(element);
    const conditionAt = text.indexOf('|[');
    const key = conditionAt === -1 ? text : text.slice(0, conditionAt);
    if (key === '@') steps.push({ kind: 'elements' });
    else if (key !== '') steps.push({ kind: 'key', key, inherited: isInherited(key) });
    if (conditionAt !== -1) {
      steps.push({ kind: 'types', names: new Set(text.slice(conditionAt + 2, -1).split(',')) });
    }
  }
  return steps;
}

/**
 * Finds every object at the path, in document order.
 *
 * @param shared values that stand at several places: each is gone into once, and so are the objects in it found once
 */
export function collectObjects(
  value: unknown,
  path: readonly PathStep[],
  shared: ReadonlySet<object> | undefined,
): ResponseObject[] {
  const found: ResponseObject[] = [];
  const visited = shared && new Set<object>();
  const collect = (from: unknown, at: number): void => {
    let current = from;
    for (let index = at; ; index++) {
      if (typeof current !== 'object' || current === null) return;
      if (shared?.has(current)) {
        if (visited?.has(current)) return;
        visited?.add(current);
      }
      const step = path[index];
      if (step === undefined) break;
      switch (step.kind) {
        case 'key':
          if (Array.isArray(current)) return;
          current = step.inherited
            ? ownValue(current as ResponseObject, step.key)
            : (current as ResponseObject)[step.key];
          break;
        case 'elements':
          if (!Array.isArray(current)) return;
          for (const element of current) collect(element, index + 1);
          return;
        case 'types':
          if (Array.isArray(current) || !matchesTypes(current as ResponseObject, step.names)) return;
          // It is the same object still, and has been visited.
          visited?.delete(current);
          break;
      }
    }
    if (isObject(current)) found.push(current);
  };
  collect(value, 0);
  return found;
}

/** Calls `visit` for each object at the path with where it stands in the response. Stops when `visit` says false. */
export function walkPlaces(
  value: unknown,
  path: readonly PathStep[],
  visit: (object: ResponseObject, place: readonly (string | number)[]) => boolean,
): void {
  const place: (string | number)[] = [];
  const walk = (current: unknown, index: number): boolean => {
    const step = path[index];
    if (step === undefined) return isObject(current) ? visit(current, place) : true;
    switch (step.kind) {
      case 'elements':
        if (!Array.isArray(current)) return true;
        for (let i = 0; i < current.length; i++) {
          place.push(i);
          const goOn = walk(current[i], index + 1);
          place.pop();
          if (!goOn) return false;
        }
        return true;
      case 'key': {
        if (!isObject(current)) return true;
        place.push(step.key);
        const goOn = walk(ownValue(current, step.key), index + 1);
        place.pop();
        return goOn;
      }
      case 'types':
        return isObject(current) && matchesTypes(current, step.names) ? walk(current, index + 1) : true;
    }
  };
  walk(value, 0);
}

/** An object that does not say its type matches: only places where nothing else can stand leave `__typename` out. */
const matchesTypes = (object: ResponseObject, names: ReadonlySet<string>): boolean =>
  typeof object['__typename'] !== 'string' || names.has(object['__typename']);

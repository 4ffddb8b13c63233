import type { FetchDataRewrite } from '@apollo/query-planner';
import { isObject, ownValue, type ResponseObject, setOwn } from './response-object.js';
import type { TypeFacts } from './type-facts.js';

const FRAGMENT_PREFIX = '... on ';

export type Rewrite = (value: unknown) => void;

/** Compiles a plan's rewrites of what goes to a subgraph or came from it. They change the objects in place. */
export function compileRewrites(
  rewrites: readonly FetchDataRewrite[] | undefined,
  types: TypeFacts,
): Rewrite | undefined {
  if (rewrites === undefined || rewrites.length === 0) return undefined;
  const compiled = rewrites.map((rewrite) => compileRewrite(rewrite, types));
  return (value) => {
    for (const rewrite of compiled) rewrite(value);
  };
}

function compileRewrite(rewrite: FetchDataRewrite, types: TypeFacts): Rewrite {
  const path = rewrite.path.slice(0, -1);
  const last = rewrite.path.at(-1);
  if (last === undefined) return () => {};
  const change = compileChange(rewrite, last);
  return path.reduceRight<Rewrite>((next, element) => compileElement(element, next, types), onObjects(change));
}

function compileChange(rewrite: FetchDataRewrite, key: string): (object: ResponseObject) => void {
  switch (rewrite.kind) {
    case 'ValueSetter':
      return (object) => setOwn(object, key, rewrite.setValueTo);
    case 'KeyRenamer':
      return (object) => {
        const value = ownValue(object, key);
        if (value === undefined) return;
        delete object[key];
        setOwn(object, rewrite.renameKeyTo, value);
      };
  }
}

function compileElement(element: string, next: Rewrite, types: TypeFacts): Rewrite {
  if (!element.startsWith(FRAGMENT_PREFIX)) return onObjects((object) => next(ownValue(object, element)));
  const condition = element.slice(FRAGMENT_PREFIX.length);
  return onObjects((object) => {
    const typename = ownValue(object, '__typename');
    // Where the type was not asked for, only objects that match can stand.
    if (typeof typename !== 'string' || types.isOfType(typename, condition)) next(object);
  });
}

/** Lists are walked through: a rewrite's path does not show them. */
function onObjects(visit: (object: ResponseObject) => void): Rewrite {
  const walk: Rewrite = (value) => {
    if (Array.isArray(value)) value.forEach(walk);
    else if (isObject(value)) visit(value);
  };
  return walk;
}

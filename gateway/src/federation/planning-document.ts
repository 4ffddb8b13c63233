import { type DocumentNode, type FieldNode, Kind, visit } from 'graphql';

/** A document as the planner gets it, with what in it is named otherwise than by the client. */
export interface PlanningDocument {
  readonly document: DocumentNode;
  /** From a variable's name in the plan to the client's. */
  readonly variables: ReadonlyMap<string, string>;
  /** From a key of the response to the one that the data has in its place, for fields that `dataKeyOf` says it of. */
  readonly keys: ReadonlyMap<string, string>;
}

/** A fetch of entities has a variable of this name of its own. */
const ENTITIES_VARIABLE = 'representations';

/**
 * Gives other names to what the planner would mix up with its own: a key of the response that it may need for another value (in
 * `{ user { id: name } }` it takes the name for the id that it asks for), and a variable that is named as one of its own.
 *
 * @param reserved the fields that plans may add
 */
export function planningDocument(document: DocumentNode, reserved: ReadonlySet<string>): PlanningDocument {
  const used = new Set<string>();
  const taken = new Set<string>();
  const variableNames = new Set<string>();
  visit(document, {
    Field: (node) => {
      const key = keyOf(node);
      used.add(key);
      if (reserved.has(key) && differs(node)) taken.add(key);
    },
    VariableDefinition: ({ variable }) => {
      variableNames.add(variable.name.value);
    },
  });
  const keys = new Map<string, string>();
  for (const key of taken)
    keys.set(
      key,
      unusedName(key, (name) => used.has(name) || reserved.has(name)),
    );
  const variables = new Map<string, string>();
  let variable: string | undefined;
  if (variableNames.has(ENTITIES_VARIABLE)) {
    variable = unusedName(ENTITIES_VARIABLE, (name) => variableNames.has(name));
    variables.set(variable, ENTITIES_VARIABLE);
  }
  if (keys.size === 0 && variable === undefined) return { document, variables, keys };
  const renamed = visit(document, {
    Field: (node) => {
      const key = dataKeyOf(node, keys);
      return key === keyOf(node) ? undefined : { ...node, alias: { kind: Kind.NAME, value: key } as const };
    },
    Variable: (node) =>
      variable !== undefined && node.name.value === ENTITIES_VARIABLE
        ? { ...node, name: { kind: Kind.NAME, value: variable } as const }
        : undefined,
  });
  return { document: renamed, variables, keys };
}

/** The key under which the data has a field of the client's document. */
export const dataKeyOf = (node: FieldNode, keys: ReadonlyMap<string, string>): string =>
  (differs(node) ? keys.get(keyOf(node)) : undefined) ?? keyOf(node);

const keyOf = ({ alias, name }: FieldNode): string => alias?.value ?? name.value;

/** Whether a field may have another value than the field that has its key for a name: what plans add is neither aliased nor given arguments. */
const differs = ({ alias, name, arguments: given }: FieldNode): boolean =>
  (alias !== undefined && alias.value !== name.value) || (given?.length ?? 0) > 0;

/** The names of all fields that a supergraph's keys and requirements have. */
export function reservedNames(supergraphSdl: string): ReadonlySet<string> {
  const names = new Set(['__typename']);
  for (const [, fields] of supergraphSdl.matchAll(/\b(?:key|requires): "((?:[^"\\]|\\.)*)"/g)) {
    for (const [name] of fields!.matchAll(/[_A-Za-z]\w*/g)) names.add(name);
  }
  return names;
}

function unusedName(name: string, isUsed: (name: string) => boolean): string {
  let unused = `${name}_`;
  while (isUsed(unused)) unused += '_';
  return unused;
}

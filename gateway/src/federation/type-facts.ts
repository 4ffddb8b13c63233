import { type GraphQLSchema, isAbstractType, isInterfaceType, isObjectType } from 'graphql';

/** What plans ask of the full schema about the names of types. */
export interface TypeFacts {
  /** Whether an object of this type (an interface's name where `@interfaceObject` left only that) satisfies a type condition. */
  isOfType(typename: string, condition: string): boolean;
  isInterface(typename: string): boolean;
  isKnown(typename: string): boolean;
}

/** It remembers its answers: both sides of a condition are names of the schema, so there are few. */
export function createTypeFacts(schema: GraphQLSchema): TypeFacts {
  const namesByCondition = new Map<string, ReadonlySet<string>>();
  return {
    isOfType(typename, condition) {
      if (typename === condition) return true;
      let names = namesByCondition.get(condition);
      if (names === undefined) {
        names = namesBelow(schema, condition);
        namesByCondition.set(condition, names);
      }
      return names.has(typename);
    },
    isInterface: (typename) => isInterfaceType(schema.getType(typename)),
    isKnown: (typename) => schema.getType(typename) !== undefined,
  };
}

function namesBelow(schema: GraphQLSchema, condition: string): ReadonlySet<string> {
  const names = new Set<string>();
  const type = schema.getType(condition);
  if (!isAbstractType(type)) return names;
  for (const other of Object.values(schema.getTypeMap())) {
    if ((isObjectType(other) || isInterfaceType(other)) && schema.isSubType(type, other)) names.add(other.name);
  }
  return names;
}

import { type GraphQLSchema, isAbstractType, isInterfaceType, isObjectType } from 'graphql';

/** Whether an object of this type (an interface's name where `@interfaceObject` left only that) satisfies a type condition. */
export type TypeTest = (typename: string, condition: string) => boolean;

/** Makes a type test over the full schema, which remembers its answers: both sides are names of the schema, so there are few. */
export function createTypeTest(schema: GraphQLSchema): TypeTest {
  const implementers = new Map<string, ReadonlySet<string>>();
  return (typename, condition) => {
    if (typename === condition) return true;
    let names = implementers.get(condition);
    if (names === undefined) {
      names = namesBelow(schema, condition);
      implementers.set(condition, names);
    }
    return names.has(typename);
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

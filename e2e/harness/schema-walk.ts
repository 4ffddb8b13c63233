import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLOutputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql';

/** The schema that clients see, as committed. */
export const apiSchema = buildSchema(readFileSync(new URL('../../schema/api.graphql', import.meta.url), 'utf8'));

export interface RootField {
  readonly operation: 'query' | 'mutation' | 'subscription';
  readonly field: GraphQLField<unknown, unknown>;
}

export function rootFields(): RootField[] {
  const roots = [
    ['query', apiSchema.getQueryType()],
    ['mutation', apiSchema.getMutationType()],
    ['subscription', apiSchema.getSubscriptionType()],
  ] as const;
  return roots.flatMap(([operation, type]) =>
    Object.values(type?.getFields() ?? {}).map((field) => ({ operation, field })),
  );
}

/** An operation that asks one root field with these arguments (as variables), for all its plain fields two levels deep. */
export function operationFor({ operation, field }: RootField, args: Record<string, unknown>) {
  const given = field.args.filter((arg) => arg.name in args);
  const variables = given.map((arg) => `$${arg.name}: ${arg.type}`).join(', ');
  const passed = given.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
  return {
    query: `${operation}${variables ? ` (${variables})` : ''} { ${field.name}${passed ? `(${passed})` : ''}${selection(field.type, 3)} }`,
    variables: args,
  };
}

/** ` { a b { c } }`, or nothing for a leaf; fields that need arguments are left out. */
export function selection(output: GraphQLOutputType, depth: number): string {
  const type: GraphQLNamedType = getNamedType(output);
  if (isLeafType(type)) return '';
  if (isUnionType(type)) return ' { __typename }';
  if (!isObjectType(type) && !isInterfaceType(type)) return '';
  const parts = ['__typename'];
  for (const field of Object.values(type.getFields())) {
    if (field.args.some((arg) => isNonNullType(arg.type) && arg.defaultValue === undefined)) continue;
    if (isLeafType(getNamedType(field.type))) parts.push(field.name);
    else if (depth > 1) parts.push(`${field.name}${selection(field.type, depth - 1)}`);
  }
  return ` { ${parts.join(' ')} }`;
}

export type LeafValue = (type: GraphQLNamedType, name: string, path: string) => unknown;

/** A value for an argument or input field, of leaves that `leaf` gives; optional parts are filled too where `full`. */
export function valueFor(
  input: GraphQLArgument | GraphQLInputField,
  leaf: LeafValue,
  full: boolean,
  path = input.name,
): unknown {
  return build(input.type, input.name, path);

  function build(type: GraphQLInputType, name: string, at: string): unknown {
    if (isNonNullType(type)) return build(type.ofType, name, at);
    if (isListType(type)) return [build(type.ofType, name, at)];
    if (!isInputObjectType(type)) return leaf(type, name, at);
    return Object.fromEntries(
      Object.values(type.getFields())
        .filter((field) => full || (isNonNullType(field.type) && field.defaultValue === undefined))
        .map((field) => [field.name, build(field.type, field.name, `${at}.${field.name}`)]),
    );
  }
}

/** A harmless value of a leaf type. */
export function plainLeaf(type: GraphQLNamedType): unknown {
  if (isEnumType(type)) return type.getValues()[0]?.name;
  switch (type.name) {
    case 'Int':
      return 1;
    case 'Float':
      return 0.5;
    case 'Boolean':
      return false;
    case 'DateTime':
      return '2026-01-01T00:00:00.000Z';
    case 'BigInt':
      return 1;
    case 'JSON':
      return {};
    default:
      return 'text';
  }
}

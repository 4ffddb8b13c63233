import { type GraphQLError, type GraphQLSchema, getVariableValues, type OperationDefinitionNode } from 'graphql';
import { ENGINE_CODES, withCode } from './errors.js';

export type Variables = Readonly<Record<string, unknown>>;

export type CoercedVariables =
  | { readonly ok: true; readonly values: Variables }
  | { readonly ok: false; readonly errors: readonly GraphQLError[] };

const NONE: CoercedVariables = { ok: true, values: Object.create(null) };

/** Checks the client's variables against the API schema and fills in defaults; every bad one is reported, with BAD_USER_INPUT. */
export function coerceVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Variables | undefined,
): CoercedVariables {
  const definitions = operation.variableDefinitions ?? [];
  if (definitions.length === 0) return NONE;
  const { errors, coerced } = getVariableValues(schema, definitions, variables ?? {}, { maxErrors: 50 });
  if (errors) return { ok: false, errors: errors.map((error) => withCode(error, ENGINE_CODES.badUserInput)) };
  return { ok: true, values: coerced };
}

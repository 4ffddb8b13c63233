import {
  type DocumentNode,
  executeSync,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { ResponseObject } from './response-object.js';
import type { Variables } from './variables.js';

/** Answers the `__schema` and `__type` fields of an operation, by response key. */
export type Introspection = (variables: Variables) => ResponseObject;

/** Compiles an operation's introspection; undefined where it has none. An answer that depends on no variable is kept. */
export function compileIntrospection(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): Introspection | undefined {
  if (operation.operation !== OperationTypeNode.QUERY) return undefined;
  const fields = introspectionFields(operation.selectionSet, fragments);
  if (fields.length === 0) return undefined;
  const document: DocumentNode = {
    kind: Kind.DOCUMENT,
    definitions: [
      { ...operation, directives: [], selectionSet: { kind: Kind.SELECTION_SET, selections: fields } },
      ...fragments.values(),
    ],
  };
  const run: Introspection = (variableValues) =>
    (executeSync({ schema, document, variableValues }).data as ResponseObject | null | undefined) ??
    new ResponseObject();
  if (usesVariables(document)) return run;
  let answer: ResponseObject | undefined;
  return (variables) => {
    answer ??= run(variables);
    return answer;
  };
}

/** The fields themselves without conditions around them: whether a field is shown, the projection decides. */
function introspectionFields(
  set: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  found: FieldNode[] = [],
): FieldNode[] {
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) {
      const name = selection.name.value;
      if (name === '__schema' || name === '__type') found.push({ ...selection, directives: [] });
    } else {
      const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      if (inner) introspectionFields(inner.selectionSet, fragments, found);
    }
  }
  return found;
}

function usesVariables(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    VariableDefinition: () => false,
    Variable: () => {
      found = true;
    },
  });
  return found;
}

import {
  type ASTVisitor,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';

/** Bounds on one operation, checked before it is planned. */
export interface OperationLimits {
  readonly tokens: number;
  readonly depth: number;
  /** All response keys together, so that aliases cannot multiply the work. */
  readonly fields: number;
  readonly rootFields: number;
  readonly aliases: number;
  readonly directives: number;
}

export const defaultLimits: OperationLimits = {
  tokens: 10_000,
  depth: 20,
  fields: 3_000,
  rootFields: 50,
  aliases: 150,
  directives: 200,
};

interface Measure {
  depth: number;
  fields: number;
  aliases: number;
  directives: number;
}

/**
 * A validation rule that refuses what is too large, naming the limit and the number, so that the caller can cut the
 * operation to fit. Fragments count wherever they are spread. Introspection may be as deep as it is.
 */
export function limitRule(limits: OperationLimits): ValidationRule {
  return (context: ValidationContext): ASTVisitor => {
    const fragments = new Map<FragmentDefinitionNode, Measure>();
    const inProgress = new Set<FragmentDefinitionNode>();

    const measure = (set: SelectionSetNode): Measure => {
      const total: Measure = { depth: 0, fields: 0, aliases: 0, directives: 0 };
      const add = (part: Measure, deeper: number) => {
        total.depth = Math.max(total.depth, part.depth + deeper);
        // Saturating: a fragment bomb doubles with each level and would pass every number there is.
        total.fields = Math.min(total.fields + part.fields, Number.MAX_SAFE_INTEGER / 4);
        total.aliases = Math.min(total.aliases + part.aliases, Number.MAX_SAFE_INTEGER / 4);
        total.directives = Math.min(total.directives + part.directives, Number.MAX_SAFE_INTEGER / 4);
      };
      for (const selection of set.selections) {
        total.directives += selection.directives?.length ?? 0;
        if (selection.kind === Kind.FIELD) {
          total.fields += 1;
          total.depth = Math.max(total.depth, 1);
          if (selection.alias !== undefined) total.aliases += 1;
          if (selection.selectionSet && !selection.name.value.startsWith('__')) add(measure(selection.selectionSet), 1);
        } else if (selection.kind === Kind.INLINE_FRAGMENT) {
          add(measure(selection.selectionSet), 0);
        } else {
          const fragment = context.getFragment(selection.name.value);
          // Cycles are refused by a rule of the specification; here they only must not hang.
          if (!fragment || inProgress.has(fragment)) continue;
          let known = fragments.get(fragment);
          if (known === undefined) {
            inProgress.add(fragment);
            known = measure(fragment.selectionSet);
            inProgress.delete(fragment);
            fragments.set(fragment, known);
          }
          add(known, 0);
        }
      }
      return total;
    };

    return {
      OperationDefinition(operation) {
        const found = measure(operation.selectionSet);
        const checks: [keyof OperationLimits, number][] = [
          ['depth', found.depth],
          ['fields', found.fields],
          ['aliases', found.aliases],
          ['directives', found.directives + (operation.directives?.length ?? 0)],
          ['rootFields', operation.selectionSet.selections.length],
        ];
        for (const [name, value] of checks) {
          if (value <= limits[name]) continue;
          context.reportError(
            new GraphQLError(
              `The operation has ${name} ${value}; the limit is ${limits[name]}. Split it into smaller ones.`,
              {
                nodes: operation,
                extensions: { code: 'BAD_USER_INPUT', limit: name, max: limits[name] },
              },
            ),
          );
        }
      },
    };
  };
}

const maxJsonDepth = 100;

/** Whether JSON is nested so deeply that what reads it next, calling itself for each level, could end the stack. */
export function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxJsonDepth) return true;
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return false;
}

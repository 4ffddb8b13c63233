import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLLeafType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
} from 'graphql';
import { dataKeyOf } from './planning-document.js';
import type { ResolvedOperation } from './prepare.js';
import { isInherited, isObject, ownValue, ResponseObject } from './response-object.js';

/** A place in the data that breaks the schema's promise, found while the response was shaped. */
export interface Violation {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export interface ProjectedData {
  readonly data: ResponseObject | null;
  /** Empty where the data held what the schema promises. */
  readonly violations: readonly Violation[];
}

export interface ProjectionInput {
  readonly data: ResponseObject;
  /** Values that stand at more than one place of the data: each is projected once per field. */
  readonly shared: ReadonlySet<object> | undefined;
  /** The values of `__schema` and `__type` by response key. */
  readonly introspection: ResponseObject | undefined;
}

/** Shapes merged data to what one operation asks for. */
export type Projection = (input: ProjectionInput) => ProjectedData;

/** In place of a value that must not be shown; whoever holds it becomes null as far up as the schema demands. */
const FAILED = Symbol('failed');

type Complete = (value: unknown, run: ProjectionRun) => unknown;

interface ProjectionRun {
  readonly shared: ReadonlySet<object> | undefined;
  readonly introspection: ResponseObject | undefined;
  readonly memo: Map<object, { readonly field: ProjectedField; readonly result: unknown }>;
  failed: boolean;
  /** Where the projection stands; kept only in the second pass, which runs when the first one met a violation. */
  readonly path: (string | number)[] | undefined;
  readonly violations: Violation[];
}

interface ProjectedField {
  /** In the response. */
  readonly key: string;
  readonly dataKey: string;
  /** Whether a plain object inherits something under `dataKey`. */
  readonly inherited: boolean;
  readonly source: 'data' | 'typename' | 'introspection';
  readonly nonNull: boolean;
  readonly composite: boolean;
  readonly coordinate: string;
  readonly complete: Complete;
}

interface ProjectedType {
  readonly type: GraphQLCompositeType;
  readonly fields: readonly ProjectedField[];
}

export interface ProjectedOperation extends ResolvedOperation {
  readonly schema: GraphQLSchema;
  /** The keys of the data that are not those of the response: from the latter to the former. */
  readonly dataKeys: ReadonlyMap<string, string>;
}

/**
 * Compiles an operation to its projection, for one assignment of the variables that its `@skip` and `@include` name. What depends
 * on an object's type is compiled when the first object of that type comes.
 */
export function compileProjection(from: ProjectedOperation, isTrue: (variable: string) => boolean): Projection {
  const compiler = new ProjectionCompiler(from, isTrue);
  const rootType = from.schema.getRootType(from.operation.operation);
  if (!rootType) throw new Error(`The schema has no ${from.operation.operation} type.`);
  const complete = compiler.object(rootType, [from.operation.selectionSet]);
  const project = (input: ProjectionInput, path: (string | number)[] | undefined) => {
    const { shared, introspection } = input;
    const run: ProjectionRun = { shared, introspection, memo: new Map(), failed: false, path, violations: [] };
    const result = complete(input.data, run);
    return { run, data: result === FAILED ? null : (result as ResponseObject) };
  };
  return (input) => {
    const first = project(input, undefined);
    if (!first.run.failed) return { data: first.data, violations: [] };
    const second = project({ ...input, shared: undefined }, []);
    return { data: second.data, violations: second.run.violations };
  };
}

class ProjectionCompiler {
  readonly #schema: GraphQLSchema;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #dataKeys: ReadonlyMap<string, string>;
  readonly #isTrue: (variable: string) => boolean;

  constructor({ schema, fragments, dataKeys }: ProjectedOperation, isTrue: (variable: string) => boolean) {
    this.#schema = schema;
    this.#fragments = fragments;
    this.#dataKeys = dataKeys;
    this.#isTrue = isTrue;
  }

  object(declared: GraphQLCompositeType, selectionSets: readonly SelectionSetNode[]): Complete {
    // Where only one type can stand, it needs no name; and what root types and interface objects are called differs by subgraph.
    if (isObjectType(declared)) {
      let only: ProjectedType | undefined;
      return (value, run) => {
        if (!isObject(value)) return fail(run, `Expected an object of type "${declared.name}".`);
        only ??= this.#type(declared, selectionSets);
        return projectObject(value, only, run);
      };
    }
    const byName = new Map<string, ProjectedType>();
    return (value, run) => {
      if (!isObject(value)) return fail(run, `Expected an object of type "${declared.name}".`);
      const typename = value['__typename'] ?? declared.name;
      let type = byName.get(typename as string);
      if (type === undefined) {
        const named = typeof typename === 'string' ? this.#schema.getType(typename) : undefined;
        // The name is not repeated: the type may be one that is `@inaccessible`.
        if (!isCompositeType(named))
          return fail(run, `An object of an unknown type was answered for "${declared.name}".`);
        type = this.#type(named, selectionSets);
        byName.set(named.name, type);
      }
      return projectObject(value, type, run);
    };
  }

  #type(type: GraphQLCompositeType, selectionSets: readonly SelectionSetNode[]): ProjectedType {
    const nodesByKey = new Map<string, FieldNode[]>();
    for (const set of selectionSets) this.#collect(type, set, nodesByKey);
    const fields = [...nodesByKey].map(([key, nodes]) => this.#field(type, key, nodes));
    return { type, fields };
  }

  #collect(type: GraphQLCompositeType, set: SelectionSetNode, nodesByKey: Map<string, FieldNode[]>): void {
    for (const selection of set.selections) {
      if (!this.#isIncluded(selection)) continue;
      switch (selection.kind) {
        case Kind.FIELD: {
          const key = selection.alias?.value ?? selection.name.value;
          const nodes = nodesByKey.get(key);
          if (nodes) nodes.push(selection);
          else nodesByKey.set(key, [selection]);
          break;
        }
        case Kind.INLINE_FRAGMENT: {
          const condition = selection.typeCondition?.name.value;
          if (condition === undefined || this.#applies(condition, type)) {
            this.#collect(type, selection.selectionSet, nodesByKey);
          }
          break;
        }
        case Kind.FRAGMENT_SPREAD: {
          const fragment = this.#fragments.get(selection.name.value);
          if (fragment && this.#applies(fragment.typeCondition.name.value, type)) {
            this.#collect(type, fragment.selectionSet, nodesByKey);
          }
          break;
        }
      }
    }
  }

  #applies(condition: string, type: GraphQLCompositeType): boolean {
    if (condition === type.name) return true;
    const conditional = this.#schema.getType(condition);
    if (!isAbstractType(conditional) || !('getInterfaces' in type)) return false;
    return this.#schema.isSubType(conditional, type);
  }

  #isIncluded(selection: SelectionNode): boolean {
    for (const directive of selection.directives ?? []) {
      const name = directive.name.value;
      if (name !== 'skip' && name !== 'include') continue;
      const value = directive.arguments?.find((argument) => argument.name.value === 'if')?.value;
      const condition =
        value?.kind === Kind.VARIABLE
          ? this.#isTrue(value.name.value)
          : value?.kind === Kind.BOOLEAN
            ? value.value
            : undefined;
      if (condition === (name === 'skip')) return false;
    }
    return true;
  }

  #field(parent: GraphQLCompositeType, key: string, nodes: readonly FieldNode[]): ProjectedField {
    const node = nodes[0]!;
    const name = node.name.value;
    const dataKey = dataKeyOf(node, this.#dataKeys);
    const field = { key, dataKey, inherited: isInherited(dataKey), coordinate: `${parent.name}.${name}` };
    if (name === '__typename') {
      // A subgraph that knows an interface only as an object (`@interfaceObject`) cannot say which type it is.
      const complete: Complete = isObjectType(parent)
        ? () => parent.name
        : (_value, run) => fail(run, `The type of an object of the interface "${parent.name}" is not known.`);
      return { ...field, source: 'typename', nonNull: true, composite: false, complete };
    }
    if (name === SchemaMetaFieldDef.name || name === TypeMetaFieldDef.name) {
      return {
        ...field,
        source: 'introspection',
        nonNull: false,
        composite: false,
        complete: (value) => value ?? null,
      };
    }
    const definition = 'getFields' in parent ? parent.getFields()[name] : undefined;
    if (definition === undefined) throw new Error(`There is no field ${field.coordinate}.`);
    const nonNull = isNonNullType(definition.type);
    const sets = nodes.flatMap((node) => node.selectionSet ?? []);
    return {
      ...field,
      source: 'data',
      nonNull,
      composite: sets.length > 0,
      complete: this.#value(getNullableType(definition.type), sets),
    };
  }

  /** Completes a value of a nullable type that is not null. */
  #value(type: GraphQLOutputType, sets: readonly SelectionSetNode[]): Complete {
    if (isNonNullType(type)) throw new Error('The type is nullable here.');
    if (isListType(type)) return this.#list(type.ofType, sets);
    if (isCompositeType(type)) return this.object(type, sets);
    return completeLeaf(type);
  }

  #list(elementType: GraphQLOutputType, sets: readonly SelectionSetNode[]): Complete {
    const nonNull = isNonNullType(elementType);
    const complete = this.#value(getNullableType(elementType), sets);
    return (value, run) => {
      if (!Array.isArray(value)) return fail(run, 'Expected a list.');
      const list: unknown[] = new Array(value.length);
      let failed = false;
      for (let index = 0; index < value.length; index++) {
        run.path?.push(index);
        const element = value[index] as unknown;
        let result: unknown = null;
        if (element !== null && element !== undefined) result = complete(element, run);
        else if (nonNull) result = fail(run, 'Cannot return null for an element of a list that has none.');
        if (result === FAILED) {
          if (nonNull) failed = true;
          result = null;
        }
        list[index] = result;
        run.path?.pop();
      }
      return failed ? FAILED : list;
    };
  }
}

function projectObject(source: ResponseObject, { fields }: ProjectedType, run: ProjectionRun): unknown {
  const object = new ResponseObject();
  for (const field of fields) {
    run.path?.push(field.key);
    const result = projectField(source, field, run);
    run.path?.pop();
    if (result === FAILED) {
      // The object is gone: what else is wrong with it matters to nobody.
      if (field.nonNull) return FAILED;
      object[field.key] = null;
    } else {
      object[field.key] = result;
    }
  }
  return object;
}

function projectField(source: ResponseObject, field: ProjectedField, run: ProjectionRun): unknown {
  const { key, dataKey } = field;
  switch (field.source) {
    case 'typename':
      return field.complete(undefined, run);
    case 'introspection':
      return field.complete(run.introspection === undefined ? undefined : ownValue(run.introspection, key), run);
    case 'data': {
      const value = field.inherited ? ownValue(source, dataKey) : source[dataKey];
      if (value === null || value === undefined) {
        if (!field.nonNull) return null;
        return fail(run, `Cannot return null for non-nullable field ${field.coordinate}.`);
      }
      if (field.composite && run.shared?.has(value) === true) return projectShared(value, field, run);
      return field.complete(value, run);
    }
  }
}

/** A value that stands at several places has the same result at each, as long as the same field asks. */
function projectShared(value: object, field: ProjectedField, run: ProjectionRun): unknown {
  const known = run.memo.get(value);
  if (known?.field === field) return known.result;
  const result = field.complete(value, run);
  run.memo.set(value, { field, result });
  return result;
}

function fail(run: ProjectionRun, message: string): typeof FAILED {
  run.failed = true;
  if (run.path !== undefined) run.violations.push({ path: [...run.path], message });
  return FAILED;
}

/** Subgraphs serialise; this only catches what could not have come from the type, an `@inaccessible` enum value above all. */
function completeLeaf(type: GraphQLLeafType): Complete {
  const isValid = leafTest(type);
  if (isValid === undefined) return (value) => value;
  return (value, run) =>
    isValid(value) ? value : fail(run, `The subgraph answered an invalid value for "${type.name}".`);
}

function leafTest(type: GraphQLLeafType): ((value: unknown) => boolean) | undefined {
  if (isEnumType(type)) {
    const names = new Set(type.getValues().map(({ name }) => name));
    return (value) => typeof value === 'string' && names.has(value);
  }
  switch (type.name) {
    case 'Int':
      return Number.isInteger;
    case 'Float':
      return Number.isFinite;
    case 'Boolean':
      return (value) => typeof value === 'boolean';
    case 'String':
      return (value) => typeof value === 'string';
    case 'ID':
      return (value) => typeof value === 'string' || Number.isInteger(value);
    default:
      return undefined;
  }
}

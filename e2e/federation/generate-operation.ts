import {
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql';
import type { Random } from './random.js';

export interface GeneratedOperation {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

/** Values that mean something to the graph under test, by argument name. */
export type KnownValues = Readonly<Record<string, readonly unknown[]>>;

/** Makes an operation that is nearly always valid: aliases follow from arguments, so fields under one name can be merged. */
export function generateOperation(
  schema: GraphQLSchema,
  random: Random,
  known: KnownValues,
  type: 'query' | 'mutation' | 'subscription' = 'query',
): GeneratedOperation {
  return new OperationGenerator(schema, random, known).generate(type);
}

class OperationGenerator {
  readonly #variables: { readonly name: string; readonly type: string; readonly defaultValue: string | undefined }[] =
    [];
  readonly #values: Record<string, unknown> = {};
  readonly #fragments: string[] = [];
  #budget = 40;

  constructor(
    readonly schema: GraphQLSchema,
    readonly random: Random,
    readonly known: KnownValues,
  ) {}

  generate(type: 'query' | 'mutation' | 'subscription'): GeneratedOperation {
    const root =
      type === 'query'
        ? this.schema.getQueryType()
        : type === 'mutation'
          ? this.schema.getMutationType()
          : this.schema.getSubscriptionType();
    if (!root) throw new Error(`There is no ${type} type.`);
    let selections: string;
    if (type === 'subscription') {
      selections = `{ ${this.#field(this.random.pick(Object.values(root.getFields())), 4, false)} }`;
    } else {
      selections = this.#selections(root, type === 'query' ? 5 : 4);
    }
    const declared = this.#variables.map(
      ({ name, type, defaultValue }) => `$${name}: ${type}${defaultValue === undefined ? '' : ` = ${defaultValue}`}`,
    );
    const head = `${type} Generated${declared.length > 0 ? `(${declared.join(', ')})` : ''}`;
    return { query: `${head} ${selections}\n${this.#fragments.join('\n')}`, variables: this.#values };
  }

  #selections(type: GraphQLCompositeType, depth: number): string {
    const { random } = this;
    const parts: string[] = [];
    const count = 1 + random.below(4);
    for (let i = 0; i < count || parts.length === 0; i++) {
      this.#budget--;
      if ((depth > 0 && random.chance(0.12)) || isUnionType(type)) {
        if (isUnionType(type) && (depth <= 0 || random.chance(0.3))) parts.push(this.#typename());
        else parts.push(this.#fragment(type, depth));
      } else if (random.chance(0.12)) {
        parts.push(this.#typename());
      } else {
        const fields = Object.values(type.getFields()).filter(
          (field) => (depth > 0 && this.#budget > 0) || isLeafType(getNamedType(field.type)),
        );
        if (fields.length === 0) parts.push('__typename');
        else parts.push(this.#field(random.pick(fields), depth, true));
      }
      if (depth > 0 && isAbstractType(type) && random.chance(0.4)) parts.push(this.#fragment(type, depth));
    }
    return `{ ${parts.join(' ')} }`;
  }

  #typename(): string {
    return this.random.chance(0.3) ? 't: __typename' : '__typename';
  }

  #fragment(type: GraphQLCompositeType, depth: number): string {
    const { random, schema } = this;
    const possible: GraphQLCompositeType[] = [type];
    if (isAbstractType(type)) possible.push(...schema.getPossibleTypes(type), ...schema.getPossibleTypes(type));
    else if (isObjectType(type)) possible.push(...type.getInterfaces());
    const condition = random.pick(possible);
    const selections = this.#selections(condition, depth - 1);
    if (random.chance(0.3)) {
      const name = `F${this.#fragments.length}`;
      this.#fragments.push(`fragment ${name} on ${condition.name} ${selections}`);
      return `...${name}${this.#condition()}`;
    }
    const on = condition === type && random.chance(0.2) ? '' : ` on ${condition.name}`;
    return `...${on}${this.#condition()} ${selections}`;
  }

  #field(field: GraphQLField<unknown, unknown>, depth: number, conditional: boolean): string {
    const args = field.args.flatMap((argument) => {
      if (!isNonNullType(argument.type) && this.random.chance(0.5)) return [];
      return [`${argument.name}: ${this.#argument(argument)}`];
    });
    const text = args.length > 0 ? `(${args.join(', ')})` : '';
    let alias = '';
    if (text !== '') alias = `${field.name}_${text.replaceAll(/[^A-Za-z0-9]+/g, '_')}: `;
    else if (this.random.chance(0.1)) alias = `${this.random.pick(['x', 'constructor', '__proto__'])}_${field.name}: `;
    const type = getNamedType(field.type);
    const selections = isCompositeType(type) ? ` ${this.#selections(type, depth - 1)}` : '';
    return `${alias}${field.name}${text}${conditional ? this.#condition() : ''}${selections}`;
  }

  #condition(): string {
    const { random } = this;
    if (!random.chance(0.15)) return '';
    const directive = random.pick(['skip', 'include']);
    if (random.chance(0.3)) return ` @${directive}(if: ${random.chance(0.5)})`;
    const index = random.below(3);
    const name = `c${index}`;
    if (!this.#variables.some((variable) => variable.name === name)) {
      const defaulted = random.chance(0.4);
      const defaultValue = defaulted ? String(random.chance(0.5)) : undefined;
      this.#variables.push({ name, type: 'Boolean!', defaultValue });
      if (!defaulted || random.chance(0.5)) this.#values[name] = random.chance(0.5);
    }
    return ` @${directive}(if: $${name})`;
  }

  #argument(argument: GraphQLArgument): string {
    const { random } = this;
    if (!random.chance(0.4)) return this.#literal(argument.type, argument.name);
    const name = `v${this.#variables.length}`;
    this.#variables.push({ name, type: String(argument.type), defaultValue: undefined });
    this.#values[name] = this.#value(argument.type, argument.name);
    return `$${name}`;
  }

  #value(type: GraphQLInputType, name: string): unknown {
    const { random } = this;
    if (!isNonNullType(type) && random.chance(0.1)) return null;
    const nullable = getNullableType(type);
    if (isListType(nullable)) {
      return Array.from({ length: random.below(4) }, () => this.#value(nullable.ofType as GraphQLInputType, name));
    }
    const known = this.known[name];
    if (known) return random.pick(known);
    if (isInputObjectType(nullable)) {
      const object: Record<string, unknown> = {};
      for (const field of Object.values(nullable.getFields())) {
        if (isNonNullType(field.type) || random.chance(0.3)) object[field.name] = this.#value(field.type, field.name);
      }
      return object;
    }
    if (isEnumType(nullable)) return random.pick(nullable.getValues()).name;
    switch (String(nullable)) {
      case 'Int':
        return random.below(5);
      case 'Float':
        return random.below(10) / 4;
      case 'Boolean':
        return random.chance(0.5);
      default:
        return `s${random.below(5)}`;
    }
  }

  #literal(type: GraphQLInputType, name: string): string {
    const write = (value: unknown, of: GraphQLInputType): string => {
      const nullable = getNullableType(of);
      if (value === null) return 'null';
      if (Array.isArray(value)) {
        const element = isListType(nullable) ? (nullable.ofType as GraphQLInputType) : nullable;
        return `[${value.map((item) => write(item, element)).join(', ')}]`;
      }
      if (isInputObjectType(nullable)) {
        const fields = nullable.getFields();
        return `{ ${Object.entries(value as object)
          .map(([key, inner]) => `${key}: ${write(inner, fields[key]!.type)}`)
          .join(', ')} }`;
      }
      return isEnumType(nullable) ? String(value) : JSON.stringify(value);
    };
    return write(this.#value(type, name), type);
  }
}

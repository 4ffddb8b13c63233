import { GraphQLError, GraphQLScalarType } from 'graphql';
import { GraphQLBigInt, GraphQLDateTime, GraphQLJSON } from 'graphql-scalars';

/**
 * The three scalars of the contract. What they refuse is the caller's mistake, so it carries BAD_USER_INPUT; what they
 * give out is plain JSON, so that an answer of this process and one from the network are the same.
 */
function asInput<T>(parse: (value: T) => unknown): (value: T) => unknown {
  return (value) => {
    try {
      return parse(value);
    } catch (error) {
      throw new GraphQLError(error instanceof Error ? error.message : 'The value is not of this type.', {
        extensions: { code: 'BAD_USER_INPUT' },
      });
    }
  };
}

const dateTime = GraphQLDateTime.toConfig();
export const DateTime = new GraphQLScalarType<Date, string>({
  ...dateTime,
  specifiedByURL: null,
  description: 'An instant, as RFC 3339 text: `2026-01-31T12:00:00.000Z`.',
  serialize: (value) => (value instanceof Date ? value : new Date(value as string | number)).toISOString(),
  parseValue: asInput((value: unknown) => inRange(dateTime.parseValue(value))),
  parseLiteral: (node, variables) => asInput(() => inRange(dateTime.parseLiteral(node, variables)))(undefined) as Date,
} as ConstructorParameters<typeof GraphQLScalarType<Date, string>>[0]);

/** PostgreSQL and ECMAScript agree on the years in between. */
function inRange(value: Date): Date {
  const year = value.getUTCFullYear();
  if (year >= 1 && year <= 9999) return value;
  throw new RangeError('The year must be between 1 and 9999.');
}

const bigInt = GraphQLBigInt.toConfig();
export const BigIntScalar = new GraphQLScalarType<bigint, number | string>({
  ...bigInt,
  specifiedByURL: null,
  name: 'BigInt',
  description: 'A 64-bit integer: a JSON number where that is exact, else a string of digits. Both are taken.',
  serialize: (value) => {
    const integer = BigInt(value as bigint | number | string);
    const number = Number(integer);
    return Number.isSafeInteger(number) ? number : integer.toString();
  },
  parseValue: asInput((value: unknown) => in64Bits(BigInt(value as string | number))),
  parseLiteral: (node) =>
    asInput(() => {
      if (node.kind !== 'IntValue' && node.kind !== 'StringValue') throw new TypeError('BigInt takes an integer.');
      return in64Bits(BigInt(node.value));
    })(undefined) as bigint,
} as ConstructorParameters<typeof GraphQLScalarType<bigint, number | string>>[0]);

function in64Bits(value: bigint): bigint {
  if (BigInt.asIntN(64, value) === value) return value;
  throw new RangeError('BigInt holds 64 bits.');
}

export const JSONScalar = new GraphQLScalarType({
  ...GraphQLJSON.toConfig(),
  specifiedByURL: null,
  name: 'JSON',
  description: 'Any JSON value.',
});

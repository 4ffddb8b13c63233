import 'reflect-metadata';
import type { Platform } from '@agentos/platform';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import { type GraphQLScalarType, type GraphQLSchema, parse } from 'graphql';
import {
  buildSchemaSync,
  type ClassType,
  type ContainerType,
  createResolversMap,
  getMetadataStorage,
  type NonEmptyArray,
} from 'type-graphql';
import type { SubgraphContext } from './context.js';
import { toGraphQLError } from './errors.js';
import type { GuardExtensions } from './guard.js';
import { protectSchema, requirePermission } from './protect.js';
import { BigIntScalar, DateTime, JSONScalar } from './scalars.js';

/** Finds an entity of this subgraph by its key, through a loader of the context; null where there is none. */
export type ReferenceResolver = (reference: { id: string }, context: SubgraphContext<never>) => unknown;

export interface SubgraphDefinition {
  readonly name: string;
  readonly resolvers: NonEmptyArray<ClassType>;
  /** The instances of the resolver classes: a `Map` from class to instance will do. */
  readonly container: ContainerType;
  /** Types that no field of this subgraph names: implementations of an interface. */
  readonly orphanedTypes?: readonly ClassType[];
  /** By type name; every entity that is resolvable here has one. */
  readonly references: Readonly<Record<string, ReferenceResolver>>;
}

export interface BuiltSubgraph {
  readonly name: string;
  /** With federation directives, as the composition takes it. */
  readonly sdl: string;
  readonly schema: GraphQLSchema;
}

const federationLink =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@shareable", "@external", "@requires", "@provides", "@tag", "@inaccessible"])';

/** Makes a federated subgraph of type-graphql resolvers, with guard, transactions and error mapping around each. */
export function buildSubgraph(
  definition: SubgraphDefinition,
  platform: Pick<Platform, 'db' | 'audit' | 'logger'>,
): BuiltSubgraph {
  readPropertiesPlainly();
  const built = buildSchemaSync({
    resolvers: definition.resolvers,
    container: definition.container,
    orphanedTypes: [...(definition.orphanedTypes ?? [])],
    scalarsMap: [{ type: Date, scalar: DateTime as GraphQLScalarType }],
    validate: false,
    skipCheck: true,
    // type-graphql asks for one as soon as there is a subscription; ours bring their own iterators.
    pubSub: { publish: () => {}, subscribe: () => (async function* () {})() as never },
  });
  const typeDefs = `${federationLink}\n${printSchemaWithDirectives(built)}`;
  const resolvers = createResolversMap(built) as Record<string, Record<string, unknown>>;
  for (const [name, find] of Object.entries(definition.references)) {
    const guard = built.getType(name)?.extensions as GuardExtensions | undefined;
    resolvers[name] = {
      ...resolvers[name],
      __resolveReference: async (reference: { id: string }, context: SubgraphContext<never>) => {
        try {
          await requirePermission(context.request, guard?.permission, name, platform);
          return await find(reference, context);
        } catch (error) {
          throw toGraphQLError(error, context.request, platform.logger);
        }
      },
    };
  }
  for (const scalar of [DateTime, BigIntScalar, JSONScalar]) {
    if (built.getType(scalar.name)) resolvers[scalar.name] = scalar as unknown as Record<string, unknown>;
  }
  const schema = buildSubgraphSchema({ typeDefs: parse(typeDefs), resolvers: resolvers as never });
  // The very text that it is composed of in process, not that of the schema printed again: the gateway tells by it
  // whether the supergraph that comes with this version fits.
  const service = schema.getQueryType()?.getFields()['_service'];
  if (service) service.resolve = () => ({ sdl: typeDefs });
  copyGuards(built, schema);
  protectSchema(schema, platform);
  return { name: definition.name, sdl: typeDefs, schema };
}

/**
 * A field that is a property of its object needs no resolver of its own: it was reached through a guarded field, and
 * graphql reads it faster by itself. type-graphql would give each one an asynchronous resolver.
 */
function readPropertiesPlainly(): void {
  for (const type of getMetadataStorage().objectTypes) type.simpleResolvers ??= true;
}

/** The schema is printed and parsed in between, and text carries no extensions. */
function copyGuards(from: GraphQLSchema, to: GraphQLSchema): void {
  for (const [name, type] of Object.entries(from.getTypeMap())) {
    const target = to.getType(name);
    if (!target || name.startsWith('__')) continue;
    Object.assign(target.extensions, type.extensions);
    if (!('getFields' in type) || !('getFields' in target)) continue;
    const targets = target.getFields();
    for (const [fieldName, field] of Object.entries(type.getFields())) {
      const targetField = targets[fieldName];
      if (targetField) Object.assign(targetField.extensions, field.extensions);
    }
  }
}

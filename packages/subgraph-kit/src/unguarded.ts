import { type GraphQLSchema, isObjectType } from 'graphql';
import type { GuardExtensions } from './guard.js';

/**
 * The coordinates that declare no permission and are therefore closed to everyone: root fields and resolvable entity
 * types. A subgraph's test asserts that there are none.
 * @param entities names of the types that this subgraph resolves by reference
 */
export function unguarded(schema: GraphQLSchema, entities: readonly string[]): string[] {
  const missing: string[] = [];
  for (const root of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    for (const field of Object.values(root?.getFields() ?? {})) {
      if (field.name.startsWith('_')) continue;
      if ((field.extensions as GuardExtensions).permission === undefined) missing.push(`${root?.name}.${field.name}`);
    }
  }
  for (const name of entities) {
    const type = schema.getType(name);
    if (!isObjectType(type) || (type.extensions as GuardExtensions).permission === undefined) missing.push(name);
  }
  return missing;
}

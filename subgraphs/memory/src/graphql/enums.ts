import { registerEnumType } from 'type-graphql';

/** The values of a GraphQL enum are the strings of the domain's union. */
function enumOf<const T extends string>(name: string, values: readonly T[], description?: string): { [K in T]: K } {
  const object = Object.fromEntries(values.map((value) => [value, value])) as { [K in T]: K };
  registerEnumType(object, { name, ...(description === undefined ? {} : { description }) });
  return object;
}

export const MemoryTypeEnum = enumOf('MemoryType', [
  'FACT',
  'PREFERENCE',
  'DECISION',
  'EPISODE',
  'PROCEDURE',
  'CODE',
  'REFERENCE',
]);
export const MemorySourceEnum = enumOf('MemorySource', ['USER', 'AGENT', 'EXECUTION', 'PROJECT', 'LEARNING', 'IMPORT']);
export const ValidationStatusEnum = enumOf('ValidationStatus', ['UNVERIFIED', 'VERIFIED', 'CONTRADICTED', 'RETRACTED']);
export const RelationshipTypeEnum = enumOf('RelationshipType', [
  'RELATES_TO',
  'SUPPORTS',
  'CONTRADICTS',
  'SUPERSEDES',
  'DERIVED_FROM',
  'CAUSES',
  'PART_OF',
]);
export const DirectionEnum = enumOf('Direction', ['OUT', 'IN', 'BOTH']);
export const TrustEnum = enumOf('Trust', ['TRUSTED', 'UNTRUSTED', 'QUARANTINED']);
export const SearchModeEnum = enumOf('SearchMode', ['HYBRID', 'SEMANTIC', 'KEYWORD']);
export const MergeStrategyEnum = enumOf('MergeStrategy', ['KEEP_ALL', 'KEEP_NEWEST', 'KEEP_MOST_CONFIDENT']);
export const DuplicatePolicyEnum = enumOf(
  'DuplicatePolicy',
  ['MERGE', 'KEEP', 'REJECT'],
  'What becomes of a content that is remembered already.',
);
export const MemoryOrderEnum = enumOf('MemoryOrder', [
  'CREATED_AT_DESC',
  'CREATED_AT_ASC',
  'ACCESSED_AT_DESC',
  'RELEVANCE_DESC',
]);
export const ChangeKindEnum = enumOf('ChangeKind', ['CREATED', 'UPDATED', 'DELETED']);

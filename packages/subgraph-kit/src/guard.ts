import type { Permission } from '@agentos/kernel';
import { Extensions } from 'type-graphql';

export interface GuardExtensions {
  readonly permission?: Permission;
}

/**
 * Declares what a caller must be allowed to do. Every root field and every entity type has one; a field of its own
 * overrides that of its type. Without a declaration the field refuses everyone, and a test fails.
 */
export function Guard(permission: Permission): ClassDecorator & PropertyDecorator & MethodDecorator {
  const extensions: GuardExtensions = { permission };
  return Extensions({ ...extensions }) as ClassDecorator & PropertyDecorator & MethodDecorator;
}

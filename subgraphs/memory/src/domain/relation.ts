import type { Memory } from './memory.js';

export type RelationshipType =
  | 'RELATES_TO'
  | 'SUPPORTS'
  | 'CONTRADICTS'
  | 'SUPERSEDES'
  | 'DERIVED_FROM'
  | 'CAUSES'
  | 'PART_OF';
export type Direction = 'OUT' | 'IN' | 'BOTH';

/** A typed link from one memory to another. */
export interface Relation {
  id: string;
  tenantId: string;
  type: RelationshipType;
  /** 0 to 1 */
  weight: number;
  fromId: Memory['id'];
  toId: Memory['id'];
  createdAt: Date;
}

export interface RelationQuery {
  readonly type: RelationshipType | null;
  readonly direction: Direction;
  /** Links away from the memory, 1 to `maxDepth`. */
  readonly depth: number;
  readonly first: number;
}
export const maxDepth = 6;

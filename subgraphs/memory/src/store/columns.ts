import type { Memory } from '../domain/memory.js';
import { memoryEntity } from './memory-schema.js';

/** The columns of an entity under the names of its properties, for statements that the query builder cannot say. */
export const memoryColumns = Object.entries(memoryEntity.options.columns)
  .map(([property, column]) => `m.${column?.name ?? property} as "${property}"`)
  .join(', ');

/** A row of `memoryColumns` is a memory as it is. */
export type MemoryRow = Memory;

import { badInput } from './errors.js';

/** One page of a list, as services return it and connections show it. */
export interface Page<T> {
  readonly items: readonly { readonly cursor: string; readonly node: T }[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly totalCount: number;
}

export type CursorPart = string | number | null;

/** A cursor says where in its order a row stands; it names no tenant and opens nothing. */
export function encodeCursor(position: readonly CursorPart[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/**
 * @param length how many parts the order has
 * @throws AgentOSError BAD_USER_INPUT naming `after`
 */
export function decodeCursor(cursor: string, length: number, field = 'after'): CursorPart[] {
  try {
    const position: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    const isPart = (part: unknown) =>
      part === null ||
      (typeof part === 'string' && !part.includes('\0')) ||
      (typeof part === 'number' && Number.isFinite(part));
    if (Array.isArray(position) && position.length === length && position.every(isPart))
      return position as CursorPart[];
  } catch {
    // falls through to the one message for every bad cursor
  }
  throw badInput(`${field} is not a cursor of this list: pass one that the list gave out.`, field);
}

/**
 * Makes a page of `first` from up to `first + 1` rows, the one more telling that there is a next page.
 */
export function pageOf<T>(
  rows: readonly T[],
  options: {
    first: number;
    after?: string | null | undefined;
    totalCount: number;
    cursorOf: (row: T) => readonly CursorPart[];
  },
): Page<T> {
  return {
    items: rows.slice(0, options.first).map((node) => ({ cursor: encodeCursor(options.cursorOf(node)), node })),
    hasNextPage: rows.length > options.first,
    hasPreviousPage: options.after != null,
    totalCount: options.totalCount,
  };
}

/**
 * How many the caller asked for.
 * @throws AgentOSError BAD_USER_INPUT where it is negative or above `max`
 */
export function pageSize(first: number | null | undefined, max = 1000, field = 'first', fallback = 20): number {
  const size = first ?? fallback;
  if (Number.isInteger(size) && size >= 0 && size <= max) return size;
  throw badInput(`${field} must be between 0 and ${max}.`, field);
}

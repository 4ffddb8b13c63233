import type { CellValue, DatasetRow } from './dataset.js';

export type ColumnType = 'NUMBER' | 'CATEGORY' | 'BOOLEAN' | 'TEXT' | 'TIME';

/** What the values of a column are like. */
export interface ColumnStatistics {
  name: string;
  type: ColumnType;
  /** Rows without a value, or with null. */
  missing: number;
  distinct: number;
  mean: number | null;
  /** Of the sample (n − 1); null for fewer than two numbers. */
  stdDev: number | null;
  min: number | null;
  max: number | null;
  /** The most frequent first, at most ten; none for free text. */
  topValues: string[];
}

const topCount = 10;
/** A text column with this many different values, or half as many as rows, is no longer one of categories. */
const categories = 20;
const categoryLength = 64;
const time = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** Measures every column of the rows, in the order in which the columns first appear. */
export function measureColumns(rows: readonly DatasetRow[]): ColumnStatistics[] {
  const columns = new Map<string, CellValue[]>();
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) {
      const values = columns.get(name) ?? [];
      if (values.length === 0) columns.set(name, values);
      values.push(value);
    }
  }
  return [...columns].map(([name, values]) => measure(name, values, rows.length));
}

function measure(name: string, values: readonly CellValue[], rowCount: number): ColumnStatistics {
  const given = values.filter((value) => value !== null);
  const counts = new Map<CellValue, number>();
  for (const value of given) counts.set(value, (counts.get(value) ?? 0) + 1);
  const type = typeOf(given, counts.size);
  const top = [...counts].sort(([a, n], [b, m]) => m - n || (String(a) < String(b) ? -1 : 1)).slice(0, topCount);
  return {
    name,
    type,
    missing: rowCount - given.length,
    distinct: counts.size,
    ...numbersOf(type === 'NUMBER' ? (given as number[]) : []),
    topValues: type === 'TEXT' ? [] : top.map(([value]) => String(value)),
  };
}

function typeOf(given: readonly CellValue[], distinct: number): ColumnType {
  if (given.length === 0) return 'TEXT';
  if (given.every((value) => typeof value === 'number')) return 'NUMBER';
  if (given.every((value) => typeof value === 'boolean')) return 'BOOLEAN';
  if (given.every((value) => typeof value === 'string' && time.test(value) && !Number.isNaN(Date.parse(value))))
    return 'TIME';
  const isFew = distinct <= categories || distinct * 2 <= given.length;
  const areShort = given.every((value) => String(value).length <= categoryLength);
  return isFew && areShort ? 'CATEGORY' : 'TEXT';
}

/** Welford's way: the textbook sum of squares loses all digits where the mean is large against the spread. */
function numbersOf(values: readonly number[]): Pick<ColumnStatistics, 'mean' | 'stdDev' | 'min' | 'max'> {
  if (values.length === 0) return { mean: null, stdDev: null, min: null, max: null };
  let mean = 0;
  let squares = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  values.forEach((value, index) => {
    const before = value - mean;
    mean += before / (index + 1);
    squares += before * (value - mean);
    min = Math.min(min, value);
    max = Math.max(max, value);
  });
  const finite = (value: number) => (Number.isFinite(value) ? value : null);
  return {
    mean: finite(mean),
    stdDev: values.length < 2 ? null : finite(Math.sqrt(squares / (values.length - 1))),
    min,
    max,
  };
}

import type { ColumnStatistics } from './columns.js';

/** Rows with named columns. */
export interface Dataset {
  id: string;
  tenantId: string;
  name: string;
  source: 'UPLOAD';
  projectId: string | null;
  rowCount: number;
  /** Of the first `measuredRows` rows: measured when asked for, not with every row that is appended. */
  measured: ColumnStatistics[];
  measuredRows: number;
  createdAt: Date;
  updatedAt: Date;
}

export type CellValue = number | string | boolean | null;
export type DatasetRow = Readonly<Record<string, CellValue>>;

export const limits = {
  rows: 200_000,
  columns: 500,
  rowsPerCall: 50_000,
  /** characters */
  cell: 10_000,
  columnName: 200,
  /** characters */
  csv: 32_000_000,
} as const;

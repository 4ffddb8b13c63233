import { badInput, requireText } from '@agentos/kernel';
import { type CellValue, type DatasetRow, limits } from './dataset.js';

/**
 * Rows as they are kept: objects of plain values.
 * @throws AgentOSError BAD_USER_INPUT naming `field`, and in its message the row
 */
export function requireRows(rows: readonly unknown[], field: string): DatasetRow[] {
  if (rows.length > limits.rowsPerCall)
    throw badInput(`At most ${limits.rowsPerCall} rows are taken at once; send the rest with appendRows.`, field);
  return rows.map((row, index) => {
    if (typeof row !== 'object' || row === null || Array.isArray(row))
      throw badInput(`Row ${index} is not an object.`, field);
    const entries = Object.entries(row);
    if (entries.length > limits.columns) throw badInput(`Row ${index} has more than ${limits.columns} columns.`, field);
    return Object.fromEntries(
      entries.map(([name, value]) => [
        requireText(name, field, { min: 1, max: limits.columnName }),
        requireCell(value, name, index, field),
      ]),
    );
  });
}

function requireCell(value: unknown, name: string, index: number, field: string): CellValue {
  if (value === null || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)))
    return value;
  if (typeof value === 'string') return requireText(value, field, { max: limits.cell });
  throw badInput(`Row ${index} has under ${JSON.stringify(name)} what is no number, text, boolean or null.`, field);
}

import { badInput, requireText } from '@agentos/kernel';
import { type CellValue, type DatasetRow, limits } from './dataset.js';

const field = 'input.csv';

/**
 * Rows of a CSV text (RFC 4180) with a header line; the delimiter is the one of comma, semicolon and tab that the
 * header has most of. An empty cell is null. A column is of numbers or booleans where all its cells are; else of text.
 * @throws AgentOSError BAD_USER_INPUT with the line at fault
 */
export function parseCsv(text: string): DatasetRow[] {
  requireText(text, field, { min: 1, max: limits.csv });
  const [header, ...records] = recordsOf(text.startsWith('\ufeff') ? text.slice(1) : text);
  if (header === undefined) throw badInput('The CSV has no header line.', field);
  const names = header.cells.map((name) => requireText(name.trim(), field, { min: 1, max: limits.columnName }));
  if (names.length > limits.columns) throw badInput(`The CSV has more than ${limits.columns} columns.`, field);
  if (new Set(names).size < names.length) throw badInput('The CSV names a column twice.', field);
  if (records.length > limits.rowsPerCall)
    throw badInput(`At most ${limits.rowsPerCall} rows are taken at once; send the rest with appendRows.`, field);
  for (const { cells, line } of records) {
    if (cells.length !== names.length)
      throw badInput(`Line ${line} of the CSV has ${cells.length} cells where the header has ${names.length}.`, field);
  }
  const converters = names.map((_name, column) => converterOf(records.map(({ cells }) => cells[column] as string)));
  return records.map(({ cells }) =>
    Object.fromEntries(names.map((name, column) => [name, converters[column]?.(cells[column] as string) ?? null])),
  );
}

const number = /^[+-]?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$|^[+-]?\.\d+$/;
const boolean = /^(true|false)$/i;

function converterOf(cells: readonly string[]): (cell: string) => CellValue {
  const given = cells.map((cell) => cell.trim()).filter((cell) => cell !== '');
  const every = (test: (cell: string) => boolean) => given.length > 0 && given.every(test);
  if (every((cell) => number.test(cell) && Number.isFinite(Number(cell))))
    return (cell) => (cell.trim() === '' ? null : Number(cell));
  if (every((cell) => boolean.test(cell)))
    return (cell) => (cell.trim() === '' ? null : cell.trim().toLowerCase() === 'true');
  return (cell) => (cell === '' ? null : requireText(cell, field, { max: limits.cell }));
}

interface CsvRecord {
  readonly cells: string[];
  /** where it begins, from 1 */
  readonly line: number;
}

/** One pass over the text, in or out of quotes; blank lines are none. */
function recordsOf(text: string): CsvRecord[] {
  const delimiter = delimiterOf(text);
  const records: CsvRecord[] = [];
  let cells: string[] = [];
  let cell = '';
  let isQuoted = false;
  let wasQuoted = false;
  let line = 1;
  let startedAt = 1;
  const endCell = () => {
    cells.push(cell);
    cell = '';
    wasQuoted = false;
  };
  const endRecord = () => {
    const isBlank = cells.length === 0 && cell === '' && !wasQuoted;
    endCell();
    if (!isBlank) records.push({ cells, line: startedAt });
    cells = [];
    startedAt = line;
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (character === '\n') line++;
    if (isQuoted) {
      if (character !== '"') cell += character;
      else if (text[at + 1] === '"') {
        cell += '"';
        at++;
      } else isQuoted = false;
    } else if (character === '"' && cell === '' && !wasQuoted) {
      isQuoted = true;
      wasQuoted = true;
    } else if (character === delimiter) endCell();
    else if (character === '\n') endRecord();
    else if (character === '\r' && text[at + 1] === '\n') continue;
    else cell += character;
  }
  if (isQuoted) throw badInput(`The quote that is opened in the record of line ${startedAt} is never closed.`, field);
  if (cell !== '' || cells.length > 0 || wasQuoted) endRecord();
  return records;
}

function delimiterOf(text: string): string {
  const header = text.slice(0, text.search(/\r?\n|$/));
  const count = (delimiter: string) => header.split(delimiter).length;
  return [',', ';', '\t'].reduce((best, one) => (count(one) > count(best) ? one : best));
}

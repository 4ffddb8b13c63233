import { describe, expect, it } from 'vitest';
import { measureColumns } from './columns.js';
import { parseCsv } from './csv.js';

describe('a CSV', () => {
  it('gives rows of numbers, booleans, text and nothing', () => {
    expect(parseCsv('n,b,t,zip\n1,true,x,01234\n-2.5e3,FALSE,"a ""b"", c",\n,,"two\nlines",99999\n')).toEqual([
      { n: 1, b: true, t: 'x', zip: '01234' },
      { n: -2500, b: false, t: 'a "b", c', zip: null },
      { n: null, b: null, t: 'two\nlines', zip: '99999' },
    ]);
  });

  it.each([
    ['a byte order mark and CRLF', '\ufeffa,b\r\n1,2\r\n', [{ a: 1, b: 2 }]],
    ['semicolons', 'a;b\n1;x,y\n', [{ a: 1, b: 'x,y' }]],
    ['tabs', 'a\tb\n1\t2', [{ a: 1, b: 2 }]],
    ['blank lines', 'a\n\n1\n\n2\n', [{ a: 1 }, { a: 2 }]],
    ['a quoted empty cell', 'a,b\n"",x\n', [{ a: null, b: 'x' }]],
    ['a header alone', 'a,b\n', []],
  ])('with %s is read', (_title, text, rows) => {
    expect(parseCsv(text)).toEqual(rows);
  });

  it.each([
    ['nothing', ''],
    ['a cell too few', 'a,b\n1\n'],
    ['a cell too many', 'a,b\n1,2,3\n'],
    ['a column twice', 'a,a\n1,2\n'],
    ['a column without a name', 'a,\n1,2\n'],
    ['an open quote', 'a\n"1\n'],
    ['a NUL', 'a\n\0\n'],
  ])('with %s is refused', (_title, text) => {
    expect(() => parseCsv(text)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT', field: 'input.csv' }));
  });

  it('says the line at fault', () => {
    expect(() => parseCsv('a,b\n"x\ny",1\n1\n')).toThrow('Line 4');
  });
});

describe('columns', () => {
  it('are measured', () => {
    const rows = [
      {
        n: 2,
        c: 'red',
        ok: true,
        at: '2026-01-01',
        note: 'a long sentence that nobody would take for a category of any kind at all',
      },
      { n: 4, c: 'red', ok: false, at: '2026-01-02T10:00:00Z', note: 'x' },
      { n: 4, c: 'blue', ok: true, at: '2026-01-03', note: null },
      { n: 6, ok: true, at: '2026-01-03' },
    ];
    expect(measureColumns(rows)).toEqual([
      {
        name: 'n',
        type: 'NUMBER',
        missing: 0,
        distinct: 3,
        mean: 4,
        stdDev: Math.sqrt(8 / 3),
        min: 2,
        max: 6,
        topValues: ['4', '2', '6'],
      },
      {
        name: 'c',
        type: 'CATEGORY',
        missing: 1,
        distinct: 2,
        mean: null,
        stdDev: null,
        min: null,
        max: null,
        topValues: ['red', 'blue'],
      },
      {
        name: 'ok',
        type: 'BOOLEAN',
        missing: 0,
        distinct: 2,
        mean: null,
        stdDev: null,
        min: null,
        max: null,
        topValues: ['true', 'false'],
      },
      {
        name: 'at',
        type: 'TIME',
        missing: 0,
        distinct: 3,
        mean: null,
        stdDev: null,
        min: null,
        max: null,
        topValues: ['2026-01-03', '2026-01-01', '2026-01-02T10:00:00Z'],
      },
      {
        name: 'note',
        type: 'TEXT',
        missing: 2,
        distinct: 2,
        mean: null,
        stdDev: null,
        min: null,
        max: null,
        topValues: [],
      },
    ]);
  });

  it('keep their digits where the mean is large', () => {
    const [column] = measureColumns([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16].map((n) => ({ n })));
    expect(column?.stdDev).toBeCloseTo(Math.sqrt(30), 9);
  });

  it('of one row have no spread, and of none are none', () => {
    expect(measureColumns([{ n: 1 }])).toMatchObject([{ mean: 1, stdDev: null }]);
    expect(measureColumns([])).toEqual([]);
  });

  it('may be called as what objects inherit', () => {
    expect(measureColumns([JSON.parse('{"__proto__": 1, "constructor": 2}')])).toMatchObject([
      { name: '__proto__', mean: 1 },
      { name: 'constructor', mean: 2 },
    ]);
  });
});

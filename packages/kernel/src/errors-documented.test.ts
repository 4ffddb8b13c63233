import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { AgentOSError, errorCodes } from './errors.js';

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
const table = page.slice(page.indexOf('## Codes of AgentOS'), page.indexOf('## Standard codes'));
const rows = new Map(
  table.split('\n').flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    const code = /^`([A-Z_]+)`$/.exec(cells[1] ?? '')?.[1];
    return code === undefined ? [] : [[code, cells] as const];
  }),
);

test('docs/errors.md has a row for every code, and for no other', () => {
  expect([...rows.keys()].toSorted()).toEqual(errorCodes.toSorted());
});

test.each(errorCodes)('%s: the row says who acts, and whether to try again as the code does', (code) => {
  const [, , meaning, retryable, status, who] = rows.get(code) ?? [];
  expect(meaning).toBeTruthy();
  expect(who).toBeTruthy();
  expect(status).toMatch(/^[45]\d\d$/);
  expect(retryable).toMatch(new AgentOSError(code, '').retryable ? /^yes/ : /^no/);
});

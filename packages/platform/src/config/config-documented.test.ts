import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readConfig, variableNames } from './config.js';

const page = readFileSync(new URL('../../../../docs/configuration.md', import.meta.url), 'utf8');
const rows = page.split('\n').flatMap((line) => {
  const [, variable = '', standard = '', meaning = ''] = line.split('|').map((cell) => cell.trim());
  const name = /^`([A-Z0-9_]+)`$/.exec(variable)?.[1];
  return name === undefined ? [] : [{ name, standard: standard.replaceAll('`', ''), meaning }];
});

test('docs/configuration.md has a row for every variable that is read, once, and for no other', () => {
  expect(rows.map(({ name }) => name).toSorted()).toEqual(variableNames.toSorted());
});

test.each(rows)('$name: the default there is the real one', ({ name, standard, meaning }) => {
  const value = readConfig({})[name as keyof ReturnType<typeof readConfig>];
  expect(standard).toBe(value === undefined || value === '' ? '' : String(value));
  expect(meaning).not.toBe('');
});

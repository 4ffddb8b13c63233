import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const page = read('docs/dependencies.md');
const { overrides } = JSON.parse(read('package.json')) as { overrides: Record<string, string> };
interface Entry {
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly hasInstallScript?: boolean;
}
const locked = JSON.parse(read('package-lock.json')) as {
  packages: Record<string, Entry>;
};
const ours = Object.entries(locked.packages).filter(([path]) => !path.includes('node_modules/'));
const direct = new Map(
  ours.flatMap(([, { dependencies, devDependencies }]) => Object.entries({ ...devDependencies, ...dependencies })),
);

test.each(Object.entries(overrides))('the override %s %s has a line', (name, version) => {
  expect(page).toContain(`\`${name}\` ${version}`);
});

test.each([...direct].filter(([, version]) => version.includes('-')))(
  'the pre-release %s %s has a line',
  (name, version) => {
    expect(page).toContain(`\`${name}\` | ${version}`);
  },
);

test.each([...direct])('%s is pinned to one version: %s', (_, version) => {
  expect(version).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
});

test('every package that would run a script at install is named', () => {
  const scripted = Object.entries(locked.packages).filter(([, { hasInstallScript }]) => hasInstallScript);
  for (const [path] of scripted) expect(page).toContain(`\`${path.replace(/^.*node_modules\//, '')}\``);
});

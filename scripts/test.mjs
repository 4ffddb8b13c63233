import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, requireNode, root } from './prepare.mjs';

/** Runs every test that can run here, and says at the end which could not and why. Arguments go to vitest. */
requireNode();
ensureInstalled();
ensureBuilt();

const folder = mkdtempSync(join(tmpdir(), 'agentos-tests-'));
const skips = join(folder, 'skips');
const report = process.env.AGENTOS_TEST_REPORT;
const reporters = ['--reporter=default', ...(report ? ['--reporter=json', `--outputFile.json=${report}`] : [])];
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...reporters, ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit', env: { ...process.env, AGENTOS_TEST_SKIPS: skips } },
);
if (existsSync(skips)) {
  console.log('\nNot tested here:');
  for (const line of new Set(readFileSync(skips, 'utf8').trim().split('\n'))) console.log(`  ${line}`);
}
rmSync(folder, { recursive: true, force: true });
process.exit(status ?? 1);

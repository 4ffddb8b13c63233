// node .ci/summary.mjs <vitest's JSON report> [steps that failed …]: prints what failed and, last, `N passed, N failed`.
// Exits 1 when anything failed.

import { existsSync, readFileSync } from 'node:fs';

const [report, ...failedSteps] = process.argv.slice(2);
const failed = [];
let passed = 0;
let skipped = 0;

if (existsSync(report)) {
  for (const file of JSON.parse(readFileSync(report, 'utf8')).testResults) {
    const broken = file.assertionResults.filter((test) => test.status === 'failed');
    for (const test of broken) failed.push(`${file.name}: ${test.fullName}`);
    // A file that cannot be loaded, or whose hooks fail, has no failed test of its own.
    if (file.status === 'failed' && broken.length === 0) failed.push(`${file.name}: ${file.message || 'does not run'}`);
    passed += file.assertionResults.filter((test) => test.status === 'passed').length;
    skipped += file.assertionResults.filter((test) => !['passed', 'failed'].includes(test.status)).length;
  }
  if (passed + failed.length === 0) failed.push('no test ran');
} else {
  failed.push('npm test left no report');
}

// Failing tests fail the step as well: that is one failure, not two.
for (const step of failedSteps) if (step !== 'npm test' || failed.length === 0) failed.push(step);

for (const line of failed) console.log(`FAILED ${line}`);
console.log(`${passed} passed, ${failed.length} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed.length > 0 ? 1 : 0;

import { execFileSync } from 'node:child_process';
import { describe, it } from 'vitest';
import { BubblewrapSandbox } from './bubblewrap-sandbox.js';
import { CgroupRoot } from './cgroup.js';
import { sandboxContract } from './sandbox.contract.js';
import { UnshareSandbox } from './unshare-sandbox.js';

const RUNGS = { bubblewrap: BubblewrapSandbox, unshare: UnshareSandbox };

for (const [name, Rung] of Object.entries(RUNGS)) {
  const group = `agentos-test-${name}-${process.pid}`;
  const cgroups = new CgroupRoot(group);
  const probe = await new Rung(cgroups).probe('BASH');
  if (probe.available) {
    sandboxContract({
      name,
      create: async () => new Rung(cgroups),
      runtimes: ['PYTHON', 'NODEJS', 'BASH'],
      hasSystem: true,
      leftovers: async () => {
        const groups = execFileSync('sh', [
          '-c',
          `grep -l . /proc/[0-9]*/cgroup | xargs grep -l ${group} 2>/dev/null; true`,
        ]);
        const folders = execFileSync('sh', ['-c', `find /sys/fs/cgroup -type d -name ${group} 2>/dev/null; true`]);
        return `${groups}${folders}`.split('\n').filter(Boolean);
      },
    });
  } else {
    describe(name, () => {
      it.skip(`not tested: ${probe.because}`, () => {});
    });
    if (process.env['CI'] === 'true') throw new Error(`${name} is not tested here: ${probe.because}`);
  }
}

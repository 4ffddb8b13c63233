import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { describe, it } from 'vitest';
import { BubblewrapSandbox } from './bubblewrap-sandbox.js';
import { CgroupRoot } from './cgroup.js';
import { sandboxContract } from './sandbox.contract.js';
import { UnshareSandbox } from './unshare-sandbox.js';

/** As on a host that hands no control groups down to an ordinary user. */
class NoCgroups extends CgroupRoot {
  override get usable(): boolean {
    return false;
  }
}

const RUNGS = [
  { name: 'bubblewrap', Rung: BubblewrapSandbox, Groups: CgroupRoot },
  { name: 'unshare', Rung: UnshareSandbox, Groups: CgroupRoot },
  { name: 'unshare without control groups', Rung: UnshareSandbox, Groups: NoCgroups },
];

for (const [index, { name, Rung, Groups }] of RUNGS.entries()) {
  const group = `agentos-test-${index}-${process.pid}`;
  const cgroups = new Groups(group);
  const probe = await new Rung(cgroups).probe('BASH');
  if (probe.available) {
    sandboxContract({
      name,
      create: async () => new Rung(cgroups),
      runtimes: ['PYTHON', 'NODEJS', 'BASH'],
      hasSystem: true,
      leftovers: async () => {
        const shell = (command: string) => execFileSync('sh', ['-c', `${command} 2>/dev/null; true`]).toString();
        const processes = shell(`grep -l ${group} /proc/[0-9]*/cgroup`);
        return `${processes}${shell(`find /sys/fs/cgroup -type d -name ${group}`)}`.split('\n').filter(Boolean);
      },
    });
  } else {
    // For `npm test` to say at its end.
    const skips = process.env['AGENTOS_TEST_SKIPS'];
    if (skips) appendFileSync(skips, `sandboxes of ${name}: ${probe.because}\n`);
    describe(name, () => {
      it.skip(`not tested: ${probe.because}`, () => {});
    });
    if (process.env['CI'] === 'true') throw new Error(`${name} is not tested here: ${probe.because}`);
  }
}

import type { Environment } from '@agentos/platform';
import type { Sandbox } from '../service/ports.js';
import { BubblewrapSandbox } from './bubblewrap-sandbox.js';
import { CgroupRoot } from './cgroup.js';
import { UnshareSandbox } from './unshare-sandbox.js';

/**
 * The rungs of the isolation ladder that this host may have, the strongest first; the ladder asks each by running it.
 * @param instance a name for what this data's processes make: control groups, containers
 */
export async function createSandboxes(_config: Pick<Environment, 'DOCKER_HOST'>, instance: string): Promise<Sandbox[]> {
  const cgroups = new CgroupRoot(`agentos-${instance}`);
  return [new BubblewrapSandbox(cgroups), new UnshareSandbox(cgroups)];
}

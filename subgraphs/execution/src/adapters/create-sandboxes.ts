import { existsSync } from 'node:fs';
import type { Environment } from '@agentos/platform';
import type { Sandbox } from '../service/ports.js';
import { BubblewrapSandbox } from './bubblewrap-sandbox.js';
import { CgroupRoot } from './cgroup.js';
import { QuickJsSandbox } from './quickjs-sandbox.js';
import { UnshareSandbox } from './unshare-sandbox.js';

const DOCKER_SOCKET = process.platform === 'win32' ? '//./pipe/docker_engine' : '/var/run/docker.sock';

/**
 * The rungs of the isolation ladder that this host may have, the strongest first; the ladder asks each by running it.
 * @param instance a name for what this data's processes make: control groups, containers
 */
export async function createSandboxes(config: Pick<Environment, 'DOCKER_HOST'>, instance: string): Promise<Sandbox[]> {
  const cgroups = new CgroupRoot(`agentos-${instance}`);
  return [
    ...(await dockerSandboxes(config.DOCKER_HOST, instance)),
    new BubblewrapSandbox(cgroups),
    new UnshareSandbox(cgroups),
    new QuickJsSandbox(),
  ];
}

/** Docker's client is a large import: only where a daemon is named, or listens where Docker does. */
async function dockerSandboxes(address: string | undefined, instance: string): Promise<Sandbox[]> {
  if (address === undefined && !existsSync(DOCKER_SOCKET)) return [];
  const { connectDocker, DockerSandbox } = await import('./docker-sandbox.js');
  return [new DockerSandbox(connectDocker(address), instance)];
}

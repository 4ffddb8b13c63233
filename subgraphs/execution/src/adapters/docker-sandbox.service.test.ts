import { describeWithService } from '@agentos/platform/testing';
import { describe, expect, it } from 'vitest';
import { connectDocker, DockerSandbox } from './docker-sandbox.js';
import { sandboxContract } from './sandbox.contract.js';

describeWithService('docker', 'sandboxes in Docker containers', (address) => {
  const docker = connectDocker(address);
  const instance = `test-${process.pid}`;
  const leftovers = async () => {
    const left = await docker.listContainers({ all: true, filters: { label: [`agentos.instance=${instance}`] } });
    return left.map(({ Id }) => Id);
  };
  sandboxContract({
    name: 'Docker',
    create: async () => new DockerSandbox(docker, instance),
    runtimes: ['PYTHON', 'NODEJS', 'BASH'],
    hasSystem: true,
    leftovers,
  });

  describe('Docker', () => {
    it('removes the containers that a killed process left', async () => {
      const container = await docker.createContainer({
        Image: 'agentos/sandbox-bash',
        Cmd: ['/bin/bash', '-c', 'sleep 1000'],
        Labels: { 'agentos.instance': instance },
      });
      await container.start();
      await new DockerSandbox(docker, instance).sweep();
      expect(await leftovers()).toEqual([]);
    });
    it('says which command makes the images where one is missing', async () => {
      const bare = Object.assign(Object.create(docker), {
        getImage: () => ({ inspect: () => Promise.reject(new Error('none')) }),
      });
      const probe = await new DockerSandbox(bare, instance).probe('PYTHON');
      expect(probe).toEqual({ available: false, because: expect.stringContaining('npm run sandbox:build') });
    });
    it('tells that a container was lost', async () => {
      const sandbox = new DockerSandbox(docker, instance);
      const request = {
        executionId: 'lost',
        tenantId: 'tenant',
        limits: { wallMs: 9e3, cpuMs: 9e3, memoryBytes: 1e8, processes: 9, diskBytes: 1e6, outputBytes: 1e6, cpus: 1 },
        program: {
          runtime: 'BASH' as const,
          files: [{ path: 'main.sh', content: Buffer.from('sleep 100'), executable: false }],
          entrypoint: 'main.sh',
          args: [],
          env: [],
          stdin: '',
        },
      };
      const run = await sandbox.start(request);
      const [container] = await docker.listContainers({ all: true, filters: { label: ['agentos.execution=lost'] } });
      await docker.getContainer(container?.Id ?? '').remove({ force: true, v: true });
      expect(await run.ended).toMatchObject({ exitCode: null, lost: expect.stringMatching(/container/) });
      await run.gone;
    });
  });
});

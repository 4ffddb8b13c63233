import { randomBytes, randomUUID } from 'node:crypto';
import Docker from 'dockerode';
import type { ResourceLimits, RuntimeId } from '../domain/execution.js';
import type { Probe, Sandbox, SandboxRequest, SandboxRun } from '../service/ports.js';
import { DockerRun } from './docker-run.js';
import { probeByRunning } from './probe.js';
import { interpreterCommand, supervisorArgv, WORK_FOLDER } from './supervisor.js';
import { tarOf } from './tar.js';

const IMAGES: Partial<Record<RuntimeId, { image: string; interpreter: string }>> = {
  PYTHON: { image: 'agentos/sandbox-python', interpreter: 'python3' },
  NODEJS: { image: 'agentos/sandbox-nodejs', interpreter: 'node' },
  BASH: { image: 'agentos/sandbox-bash', interpreter: 'bash' },
};
const LABEL = 'agentos.instance';
const BOOT_LABEL = 'agentos.boot';
/** How soon a container that could not be removed is tried again. */
const RETRY_MS = 5_000;
/** nobody; the work folder is its own, whatever mode the image's folder has. */
const UID = 65534;
const PATH = '/usr/local/bin:/usr/bin:/bin';
/** The supervisor, and what unpacks the files before the program begins. */
const OUR_PROCESSES = 3;

/** Docker's own address form, as in DOCKER_HOST; without one, where Docker listens on this system. */
export function connectDocker(address: string | undefined): Docker {
  if (address === undefined) return new Docker();
  const url = new URL(address);
  if (url.protocol === 'unix:') return new Docker({ socketPath: url.pathname });
  if (url.protocol === 'npipe:') return new Docker({ socketPath: address.slice('npipe://'.length) });
  const protocol = url.protocol === 'tcp:' ? 'http' : url.protocol.slice(0, -1);
  return new Docker({ host: url.hostname, port: url.port || '2375', protocol });
}

/** A container per run. */
export class DockerSandbox implements Sandbox {
  readonly name = 'Docker';
  readonly isolation = 'CONTAINER';
  readonly #runs = new Set<SandboxRun>();
  readonly #boot = randomUUID();
  readonly #retries = new Set<NodeJS.Timeout>();
  #cpus = Number.POSITIVE_INFINITY;

  /** @param instance marks our containers, so that what a killed process left is found */
  constructor(
    private readonly docker: Docker,
    private readonly instance: string,
  ) {}

  async probe(runtime: RuntimeId): Promise<Probe> {
    const held = IMAGES[runtime];
    if (!held) return { available: false, because: `there is no image for ${runtime}` };
    try {
      this.#cpus = (await this.docker.info()).NCPU;
    } catch {
      return { available: false, because: 'start Docker, or set DOCKER_HOST' };
    }
    try {
      await this.docker.getImage(held.image).inspect();
    } catch {
      return { available: false, because: `Docker has no image ${held.image}: run npm run sandbox:build` };
    }
    return probeByRunning(this, runtime);
  }

  async start(request: SandboxRequest): Promise<SandboxRun> {
    const { program, limits } = request;
    const held = IMAGES[program.runtime];
    if (!held) throw new Error(`${this.name} does not hold ${program.runtime}`);
    const files = tarOf(program.files);
    // On the same stream as the program's own stderr, so what tells them apart must be unguessable.
    const prefix = `\x1e${randomBytes(16).toString('hex')} `;
    const command = supervisorArgv('/bin/bash', program, {
      prefix,
      tarBytes: files.byteLength,
      command: interpreterCommand(program, held.interpreter, limits.memoryBytes),
      path: PATH,
    });
    const container = await this.docker.createContainer({
      Image: held.image,
      Entrypoint: command.slice(0, 1),
      Cmd: command.slice(1),
      User: `${UID}:${UID}`,
      WorkingDir: WORK_FOLDER,
      Hostname: 'sandbox',
      Env: [],
      Labels: { [LABEL]: this.instance, [BOOT_LABEL]: this.#boot, 'agentos.execution': request.executionId },
      ...{ Tty: false, OpenStdin: true, StdinOnce: true, AttachStdin: true, AttachStdout: true, AttachStderr: true },
      NetworkDisabled: true,
      HostConfig: this.#hostConfig(limits),
    });
    try {
      const stream = await container.attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true });
      stream.on('error', () => {}); // the program may end before it has read everything
      const exit = container.wait({ condition: 'next-exit' });
      exit.catch(() => {}); // seen where it is awaited
      const run = await new DockerRun(container, stream, exit, prefix, request).ready(files);
      this.#runs.add(run);
      const forget = () => this.#runs.delete(run);
      run.gone.then(forget, () => {
        forget();
        this.#removeLater(container);
      });
      return run;
    } catch (error) {
      await container.remove({ force: true, v: true }).catch(() => {}); // the first error says more
      throw error;
    }
  }

  #hostConfig(limits: ResourceLimits): Record<string, unknown> {
    const tmpfs = `rw,nosuid,nodev,exec,size=${limits.diskBytes},mode=1777,uid=${UID},gid=${UID}`;
    return {
      NetworkMode: 'none',
      IpcMode: 'private',
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Tmpfs: { [WORK_FOLDER]: tmpfs, '/tmp': tmpfs },
      ShmSize: Math.max(64 * 1024, Math.min(limits.diskBytes, 64 * 1024 * 1024)),
      Memory: limits.memoryBytes,
      MemorySwap: limits.memoryBytes, // the same: no swap
      PidsLimit: limits.processes + OUR_PROCESSES,
      NanoCpus: Math.round(Math.min(limits.cpus, this.#cpus) * 1e9),
      Ulimits: [
        { Name: 'nofile', Soft: 1024, Hard: 1024 },
        { Name: 'core', Soft: 0, Hard: 0 },
      ],
      OomScoreAdj: 500, // when the host runs out of memory, a sandbox goes first
      LogConfig: { Type: 'none' }, // or the daemon writes every line to the host's disk
    };
  }

  /** The daemon was away when a run ended; what it left is removed when the daemon is back. */
  #removeLater(container: Docker.Container): void {
    const timer = setTimeout(() => {
      this.#retries.delete(timer);
      container.remove({ force: true, v: true }).catch((error: { statusCode?: number }) => {
        if (error.statusCode !== 404) this.#removeLater(container);
      });
    }, RETRY_MS);
    timer.unref();
    this.#retries.add(timer);
  }

  async sweep(): Promise<void> {
    const filters = { label: [`${LABEL}=${this.instance}`] };
    const found = await this.docker.listContainers({ all: true, filters }).catch(() => []); // no daemon, nothing of ours
    // The answer may come late: what this process has started in the meantime stays.
    const left = found.filter(({ Labels }) => Labels[BOOT_LABEL] !== this.#boot);
    await Promise.all(left.map(({ Id }) => this.docker.getContainer(Id).remove({ force: true, v: true })));
  }

  async close(): Promise<void> {
    for (const run of this.#runs) run.kill();
    await Promise.allSettled([...this.#runs].map((run) => run.gone));
    for (const timer of this.#retries) clearTimeout(timer);
  }
}

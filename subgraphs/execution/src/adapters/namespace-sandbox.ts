import type { RuntimeId } from '../domain/execution.js';
import type { Probe, Sandbox, SandboxRequest, SandboxRun } from '../service/ports.js';
import type { CgroupRoot } from './cgroup.js';
import { findInterpreter, findProgram, freshUid, type HostInterpreter, SANDBOX_PATH } from './host-root.js';
import { startNamespaceRun } from './namespace-run.js';
import { probeByRunning } from './probe.js';
import { interpreterCommand, supervisorArgv } from './supervisor.js';
import { tarOf } from './tar.js';

const INTERPRETERS: Partial<Record<RuntimeId, string>> = { PYTHON: 'Python 3', NODEJS: 'Node.js', BASH: 'bash' };

/** What the two namespace rungs have in common: the host's own interpreters, read-only, and nothing else of the host. */
export abstract class NamespaceSandbox implements Sandbox {
  abstract readonly name: string;
  readonly isolation = 'NAMESPACE';
  /** The host's programs that this rung is made of. */
  protected abstract readonly needs: string[];
  protected abstract readonly howToInstall: string;
  readonly #runs = new Set<SandboxRun>();
  readonly #interpreters = new Map<RuntimeId, HostInterpreter | null>();

  constructor(private readonly cgroups: CgroupRoot) {}

  /** The command line that makes the namespaces and becomes process 1 in them, up to the supervisor's. */
  protected abstract monitor(interpreter: HostInterpreter, diskBytes: number): string[];

  #interpreter(runtime: RuntimeId): HostInterpreter | null {
    let found = this.#interpreters.get(runtime);
    if (found === undefined) {
      found = findInterpreter(runtime);
      this.#interpreters.set(runtime, found);
    }
    return found;
  }

  async probe(runtime: RuntimeId): Promise<Probe> {
    if (process.platform !== 'linux') return { available: false, because: `${this.name} needs Linux` };
    const missing = this.needs.filter((program) => !findProgram(program));
    if (missing.length > 0) {
      return { available: false, because: `${this.name} needs ${missing.join(', ')}: ${this.howToInstall}` };
    }
    const name = INTERPRETERS[runtime] ?? runtime;
    if (!this.#interpreter(runtime)) return { available: false, because: `install ${name}, or Docker` };
    return probeByRunning(this, runtime);
  }

  async start(request: SandboxRequest): Promise<SandboxRun> {
    const { program, limits } = request;
    const bash = findProgram('bash');
    const setpriv = findProgram('setpriv');
    const interpreter = this.#interpreter(program.runtime);
    if (!bash || !setpriv || !interpreter) throw new Error(this.howToInstall);
    const files = tarOf(program.files);
    const run = await startNamespaceRun(request, files, {
      tools: { bash, setpriv },
      monitor: this.monitor(interpreter, limits.diskBytes),
      supervisor: supervisorArgv(bash, program, {
        prefix: '',
        tarBytes: files.byteLength,
        command: interpreterCommand(program, interpreter.path, limits.memoryBytes),
        path: SANDBOX_PATH,
        ...(this.cgroups.usable ? {} : { limits }),
      }),
      cgroup: this.cgroups.create(request.executionId),
      uid: freshUid(),
    });
    this.#runs.add(run);
    void run.gone.finally(() => this.#runs.delete(run));
    return run;
  }

  async sweep(): Promise<void> {
    await this.cgroups.sweep();
  }

  async close(): Promise<void> {
    for (const run of this.#runs) run.kill();
    await Promise.all([...this.#runs].map((run) => run.gone));
    this.cgroups.close();
  }
}

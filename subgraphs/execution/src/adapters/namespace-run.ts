import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { SandboxEnding } from '../domain/ending.js';
import { INPUT_BUFFER_BYTES, type SandboxRequest, type SandboxRun, type SandboxSample } from '../service/ports.js';
import type { Cgroup } from './cgroup.js';
import { MergedOutput } from './merged-output.js';
import { ProcessTree } from './process-tree.js';
import { SupervisorReport } from './supervisor.js';

/** The host's programs that a namespace sandbox is started with, by full path. */
export interface HostTools {
  bash: string;
  setpriv: string;
}

/** Processes of ours in a run's control group: the monitor, the supervisor and three `cat`s. */
const OURS = 5;
/** While the files are unpacked, a few more than that. */
const OURS_AT_START = 12;

/**
 * Closes what was inherited, enters the control group, gives up being root, and puts pipes where Node.js has sockets (`/dev/stdout` cannot be
 * opened through a socket; the pipes belong to the run's own user). Then it becomes the sandbox's monitor.
 */
const LAUNCHER = `
for F in /proc/self/fd/*; do F=\${F##*/}; [ "$F" -gt 3 ] && eval "exec $F>&-"; done
N=$1; shift
for F in "\${@:1:N}"; do echo 0 > "$F" || exit 125; done
shift "$N"
exec "$@"`;
const PIPES = `
exec 7< <(exec cat 2>/dev/null 3>&-)
exec 8> >(exec cat 2>/dev/null 3>&- 7<&-)
exec 9> >(exec cat 1>&2 2>/dev/null 3>&- 7<&- 8>&-)
exec "$@" <&7 >&8 2>&9 7<&- 8>&- 9>&-`;

export interface NamespaceLaunch {
  tools: HostTools;
  /** The monitor's command line up to the supervisor's, which is appended. */
  monitor: string[];
  supervisor: string[];
  cgroup: Cgroup | null;
  /** A user of its own for the run, where we are root. */
  uid: number | null;
}

/**
 * Starts a program in Linux namespaces; resolves once the supervisor says that it runs.
 * @param files the program's, as a tar
 */
export async function startNamespaceRun(
  request: SandboxRequest,
  files: Buffer,
  launch: NamespaceLaunch,
): Promise<SandboxRun> {
  const { tools, cgroup, uid } = launch;
  if (cgroup && !cgroup.limit(request.limits, OURS_AT_START)) {
    await cgroup.remove();
    throw new Error('The control group takes no limits');
  }
  // The monitor dies with us, however we die.
  const user = [tools.setpriv, '--pdeathsig=KILL', '--no-new-privs'];
  if (uid !== null) user.push(`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--bounding-set=-all');
  const entrances = cgroup?.entrances ?? [];
  const shell = [tools.bash, '--norc', '--noprofile', '-c'];
  const argv = [LAUNCHER, 'launcher', String(entrances.length), ...entrances, ...user];
  argv.push(...shell, PIPES, 'pipes', ...launch.monitor, ...launch.supervisor);
  const child = spawn(tools.bash, ['--norc', '--noprofile', '-c', ...argv], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    cwd: '/',
    detached: true, // a session of its own: no terminal, no signals meant for us
  });
  return new NamespaceRun(child, request, cgroup).ready(files);
}

class NamespaceRun implements SandboxRun {
  readonly output = new MergedOutput();
  readonly ended: Promise<SandboxEnding>;
  readonly gone: Promise<void>;
  readonly #report = new SupervisorReport();
  readonly #input: Writable;
  readonly #tree: ProcessTree | null;
  readonly #started: Promise<boolean>;
  #startedAt = performance.now();
  /** What making the sandbox took is not the program's. */
  #cpuAtStart = 0;
  #treeOutOfMemory = false;
  #problems = '';
  #killed = false;

  constructor(
    private readonly child: ChildProcess,
    private readonly request: SandboxRequest,
    private readonly cgroup: Cgroup | null,
  ) {
    const [stdin, stdout, stderr, control] = child.stdio as unknown as [Writable, Readable, Readable, Readable];
    this.#input = stdin;
    stdin.on('error', () => {}); // the program may end before it has read everything
    this.output.add('STDOUT', stdout);
    this.output.add('STDERR', stderr);
    this.#tree = cgroup || child.pid === undefined ? null : new ProcessTree(child.pid, (bytes) => this.#look(bytes));
    let begin: (started: boolean) => void = () => {};
    this.#started = new Promise((resolve) => {
      begin = resolve;
    });
    const reported = new Promise<void>((resolve) => {
      const lines = createInterface({ input: control });
      lines.on('line', (line) => {
        this.#report.line(line);
        if (line !== 'started') return;
        this.#startedAt = performance.now();
        this.#cpuAtStart = this.#sample().cpuMs;
        begin(true);
      });
      lines.once('close', resolve);
    });
    const exited = new Promise<void>((resolve) => {
      child.once('error', (error) => {
        this.#problems = error.message;
        resolve();
      });
      child.once('exit', () => resolve());
    });
    this.ended = exited.then(async () => {
      await reported;
      begin(false);
      this.#input.destroy();
      return this.#ending();
    });
    // The pipes' last bytes are in processes of the group: it is ended only when they have been read.
    this.gone = Promise.all([this.ended, this.output.closed]).then(async () => this.cgroup?.remove());
  }

  /** @throws Error with what the sandbox's own programs printed, when there is no running program at the end of it */
  async ready(files: Buffer): Promise<SandboxRun> {
    this.#input.write(files);
    const { stdin } = this.request.program;
    if (stdin !== null) this.#input.end(stdin);
    if (await this.#started) {
      this.cgroup?.limit(this.request.limits, OURS);
      return this;
    }
    for await (const { bytes } of this.output) this.#problems += bytes.toString();
    await this.gone;
    throw new Error((this.#report.failed ?? this.#problems.trim().slice(0, 500)) || 'The sandbox did not start');
  }

  #look(bytes: number): void {
    if (bytes <= this.request.limits.memoryBytes) return;
    this.#treeOutOfMemory = true;
    this.kill();
  }

  #sample(): SandboxSample {
    const sample = this.cgroup?.sample() ??
      this.#tree?.sample() ?? { cpuMs: 0, peakMemoryBytes: 0, processesPeak: null, refusedProcesses: 0 };
    const processesPeak = sample.processesPeak === null ? null : Math.max(1, sample.processesPeak - OURS);
    const cpuMs = Math.max(0, sample.cpuMs - this.#cpuAtStart);
    return { ...sample, cpuMs, processesPeak, wallMs: performance.now() - this.#startedAt };
  }

  /**
   * Without a control group nobody counts refusals and what the kernel ended: a program that failed and had all the
   * processes or nearly all the memory that there was to have is taken to have failed for that.
   */
  #guess(sample: SandboxSample): Pick<SandboxEnding, 'outOfMemory' | 'refusedProcesses'> {
    const { memoryBytes, processes } = this.request.limits;
    return {
      outOfMemory: this.#treeOutOfMemory || sample.peakMemoryBytes > memoryBytes * 0.9,
      refusedProcesses: (sample.processesPeak ?? 0) >= processes && processes > 1 ? 1 : 0,
    };
  }

  #ending(): SandboxEnding {
    this.#tree?.stop();
    const sample = this.#sample();
    const ending = this.#report.ending(
      sample,
      this.#killed ? 'The sandbox was ended' : 'The sandbox ended without its program having ended',
    );
    // Without a control group the reaped children's own count is the better one; with one, the kernel's is.
    const cpuMs = this.cgroup ? sample.cpuMs : Math.max(ending.usage.cpuMs, sample.cpuMs);
    return {
      ...ending,
      ...(this.cgroup
        ? { outOfMemory: this.cgroup.oomKills() > 0, refusedProcesses: sample.refusedProcesses }
        : this.#guess(sample)),
      usage: { ...ending.usage, cpuMs },
    };
  }

  write(bytes: Uint8Array): boolean {
    if (this.#input.writableEnded || this.#input.destroyed) throw new Error('The standard input has ended');
    if (this.#input.writableLength > INPUT_BUFFER_BYTES) return false;
    this.#input.write(bytes);
    return true;
  }

  endInput(): void {
    this.#input.end();
  }

  async usage(): Promise<SandboxSample | null> {
    return this.#sample();
  }

  kill(): void {
    this.#killed = true;
    // The monitor's end is the namespace's end: process 1 in it dies with its parent, and everything else with process 1.
    this.child.kill('SIGKILL');
  }
}

import type { SandboxEnding } from '../domain/ending.js';
import type { ResourceLimits } from '../domain/execution.js';
import type { Program } from '../domain/program.js';

/** Where a program's files lie and where it starts, in every sandbox that has a file system. */
export const WORK_FOLDER = '/work';

/**
 * Node.js queues in its heap what a full pipe does not take, for ever if the program never yields. Blocking pipes make
 * the program wait instead, as programs in other languages do. Written to disk for `--require`, and gone before the
 * program's first line.
 */
const NODE_PRELOAD = '/tmp/.stdio.cjs';
const NODE_PRELOAD_SOURCE = `require('fs').unlinkSync(__filename);
for (const stream of [process.stdout, process.stderr]) stream._handle?.setBlocking?.(true);`;

/**
 * Process 1 of every sandbox with an operating system inside. It takes the program's files as a tar from the head of
 * standard input, runs the program with the request's environment and nothing else, ends everything that is left when
 * the program ends, and reports. bash, because it is wherever the rungs are and starts in a millisecond.
 *
 * Arguments: a prefix for report lines (empty: they go to descriptor 3; else to stderr, behind the prefix), the size of
 * the tar, options of `ulimit` where no control group holds the limits, what Node.js
 * loads first, the number of NAME=value pairs, the pairs, the command. What the program could forge in a report is no more
 * than its own ending; what it has used is read by the host where the host can.
 */
export const SUPERVISOR = `
set -f; set -o pipefail
P=$1 T=$2 L=$3 J=$4 N=$5; shift 5
E=("\${@:1:N}"); shift "$N"
[ -n "$P" ] && exec 3>&2
[ $$ = 1 ] || { printf '%sfailed not process 1\\n' "$P" >&3; exit 125; }
cd ${WORK_FOLDER} || exit 125
ulimit -c 0; ulimit -n 1024
if ! head -c "$T" | tar -xf - 2>/tmp/.supervisor; then
  read -r L < /tmp/.supervisor; printf '%sfailed %s\\n' "$P" "$L" >&3; exit 125
fi
for O in $L; do ulimit "-\${O%%=*}" "\${O#*=}"; done
exec 4>/tmp/.supervisor 6</tmp/.supervisor
rm -f /tmp/.supervisor
exec 5>&2 2>&4
[ -n "$J" ] && printf '%s' "$J" > ${NODE_PRELOAD}
printf '%sstarted\\n' "$P" >&3
S=$EPOCHREALTIME
env -i "\${E[@]}" "$@" 2>&5 3>&- 4>&- 5>&- 6<&-
C=$?
X=$EPOCHREALTIME
kill -9 -1
D=; while IFS= read -r -u 6 D1; do case $D1 in *'env -i'*|Terminated) D=1;; esac; done
show() { [ -r "$2" ] && while IFS= read -r L; do printf '%scgroup %s %s\\n' "$P" "$1" "$L" >&3; done < "$2"; }
if [ -n "$P" ]; then
  G=/sys/fs/cgroup
  show memory.peak $G/memory.peak; show memory.peak $G/memory/memory.max_usage_in_bytes
  show memory.events $G/memory.events; show memory.events $G/memory/memory.oom_control
  show cpu.stat $G/cpu.stat; show cpuacct.usage $G/cpuacct/cpuacct.usage
  show pids.events $G/pids.events; show pids.events $G/pids/pids.events; show pids.peak $G/pids.peak
fi
while IFS= read -r L; do printf '%stimes %s\\n' "$P" "$L" >&3; done <<< "$(times; :)"
[ $C = 0 ] || stat -f -c "\${P}disk %n %a %d" ${WORK_FOLDER} /tmp >&3
printf '%sexit %s %s %s %s\\n' "$P" "$C" "\${D:-0}" "\${S/[.,]/}" "\${X/[.,]/}" >&3
`;

/** The command line of the supervisor for a program: `argv[0]` is bash. */
export function supervisorArgv(
  bash: string,
  program: Program,
  options: { prefix: string; tarBytes: number; command: string[]; path: string; limits?: ResourceLimits },
): string[] {
  const env = new Map([
    ['PATH', options.path],
    ['HOME', WORK_FOLDER],
    ['LANG', 'C.UTF-8'],
    ['TMPDIR', '/tmp'],
  ]);
  for (const { name, value } of program.env) env.set(name, value);
  const pairs = [...env].map(([name, value]) => `${name}=${value}`);
  const { limits } = options;
  // Per process, so only a second fence, and further out: the first is who looks at the whole tree, and says why it
  // ended the program. bash counts memory in KiB.
  const fences = limits
    ? `d=${Math.ceil((limits.memoryBytes * 1.5) / 1024)} u=${limits.processes + 8} t=${Math.ceil(limits.cpuMs / 1000) + 1}`
    : '';
  const preload = program.runtime === 'NODEJS' ? NODE_PRELOAD_SOURCE : '';
  const head = [bash, '--norc', '--noprofile', '-c', SUPERVISOR, 'supervisor'];
  return [
    ...head,
    options.prefix,
    String(options.tarBytes),
    fences,
    preload,
    String(pairs.length),
    ...pairs,
    ...options.command,
  ];
}

/** The command that runs a program, inside the sandbox. Output is not held back in the interpreter. */
export function interpreterCommand(program: Program, interpreter: string, memoryBytes: number): string[] {
  const file = `./${program.entrypoint}`;
  switch (program.runtime) {
    case 'PYTHON':
      return [interpreter, '-u', '-s', '-B', file, ...program.args];
    case 'NODEJS': {
      // The heap may grow to the sandbox's limit and meets that one first, so that the kernel's count decides.
      const heapMiB = Math.max(16, Math.floor(memoryBytes / 1024 / 1024));
      return [interpreter, `--max-old-space-size=${heapMiB}`, '--require', NODE_PRELOAD, file, ...program.args];
    }
    default:
      return [interpreter, file, ...program.args];
  }
}

const SIGNALS: Record<number, string> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  10: 'SIGUSR1',
  11: 'SIGSEGV',
  12: 'SIGUSR2',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM',
  16: 'SIGSTKFLT',
  24: 'SIGXCPU',
  25: 'SIGXFSZ',
  26: 'SIGVTALRM',
  27: 'SIGPROF',
  29: 'SIGIO',
  30: 'SIGPWR',
  31: 'SIGSYS',
}; // prettier-ignore

/** What a supervisor reported, line by line. The last report of a kind counts: that one is written after the program's end. */
export class SupervisorReport {
  started = false;
  failed: string | null = null;
  exit: { exitCode: number | null; signal: string | null; wallMs: number } | null = null;
  cpuMs = 0;
  peakMemoryBytes = 0;
  processesPeak: number | null = null;
  refusedProcesses = 0;
  oomKills = 0;
  diskFull = false;
  #timesLine = 0;

  line(line: string): void {
    const [kind, ...rest] = line.split(' ');
    if (kind === 'started') this.started = true;
    else if (kind === 'failed') this.failed = rest.join(' ');
    else if (kind === 'times') this.#times(rest);
    else if (kind === 'cgroup') this.#cgroup(rest);
    else if (kind === 'disk') this.diskFull ||= rest[1] === '0' || rest[2] === '0';
    else if (kind === 'exit') this.#exit(rest.map(Number));
  }

  /** The second line of bash's `times` is what its ended children used, as getrusage counts it. */
  #times(parts: string[]): void {
    this.#timesLine += 1;
    if (this.#timesLine !== 2 || this.cpuMs > 0) return;
    for (const part of parts) {
      const match = /^(\d+)m([\d.]+)s$/.exec(part);
      if (match) this.cpuMs += (Number(match[1]) * 60 + Number(match[2])) * 1000;
    }
  }

  #cgroup([file, key, value]: string[]): void {
    if (file === 'memory.peak') this.peakMemoryBytes = Number(key);
    else if (file === 'memory.events' && key === 'oom_kill') this.oomKills = Number(value);
    else if (file === 'cpu.stat' && key === 'usage_usec') this.cpuMs = Number(value) / 1e3;
    else if (file === 'cpuacct.usage') this.cpuMs = Number(key) / 1e6;
    else if (file === 'pids.events' && key === 'max') this.refusedProcesses = Number(value);
    else if (file === 'pids.peak') this.processesPeak = Number(key);
  }

  #exit([code, diagnosed, startUs, endUs]: number[]): void {
    const exitCode = code ?? 0;
    // bash tells a signal from an exit code above 128 by a line of its own, except for SIGINT and SIGPIPE.
    const signalled = exitCode > 128 && (diagnosed === 1 || exitCode === 130 || exitCode === 141);
    this.exit = {
      exitCode: signalled ? null : exitCode,
      signal: signalled ? (SIGNALS[exitCode - 128] ?? `SIG${exitCode - 128}`) : null,
      wallMs: Math.max(0, ((endUs ?? 0) - (startUs ?? 0)) / 1000),
    };
  }

  /** The end as the sandbox's facts; `fallback` counts where the report says nothing. */
  ending(fallback: SandboxEnding['usage'], lost: string): SandboxEnding {
    return {
      exitCode: this.exit?.exitCode ?? null,
      signal: this.exit?.signal ?? null,
      outOfMemory: this.oomKills > 0,
      refusedProcesses: this.refusedProcesses,
      diskFull: this.diskFull,
      lost: this.exit ? null : (this.failed ?? lost),
      usage: {
        wallMs: this.exit?.wallMs ?? fallback.wallMs,
        cpuMs: this.cpuMs > 0 ? this.cpuMs : fallback.cpuMs,
        peakMemoryBytes: Math.max(this.peakMemoryBytes, fallback.peakMemoryBytes),
        processesPeak: this.processesPeak ?? fallback.processesPeak,
      },
    };
  }
}

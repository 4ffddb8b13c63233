import type {
  ExecutionFailure,
  ExecutionStatus,
  FailureCode,
  ResourceLimits,
  ResourceUsage,
  RuntimeId,
} from './execution.js';

/** Why we ended a run before it ended by itself. */
export type StopReason = Extract<
  FailureCode,
  'WALL_TIMEOUT' | 'CPU_TIMEOUT' | 'OUTPUT_LIMIT' | 'PROCESS_LIMIT' | 'OUT_OF_MEMORY' | 'CANCELLED' | 'SANDBOX_LOST'
>;

/** What a sandbox knows about the end of its program: facts, not yet a verdict. */
export interface SandboxEnding {
  exitCode: number | null;
  /** The signal's name, as in `SIGKILL`. */
  signal: string | null;
  /** Processes that the kernel (or the WebAssembly heap) ended for want of memory. */
  outOfMemory: boolean;
  /** How often a process or thread could not be started because of the limit. */
  refusedProcesses: number;
  /** The work folder had no room left at the end. */
  diskFull: boolean;
  /** Set where the sandbox ended without ever reporting its program's end. */
  lost: string | null;
  usage: Omit<ResourceUsage, 'outputBytes'>;
}

export interface Verdict {
  status: ExecutionStatus;
  failure: ExecutionFailure | null;
}

/**
 * Whether an interpreter that gave up by itself said that it was for want of memory: one allocation larger than all
 * there is fails at once, and the kernel has nothing to end.
 * @param lastWords the end of what the program printed on its standard error
 */
export function saidOutOfMemory(runtime: RuntimeId, ending: SandboxEnding, lastWords: string): boolean {
  if (runtime === 'PYTHON')
    return ending.exitCode === 1 && /^MemoryError\b.*\s*$/m.test(lastWords.trimEnd().split('\n').at(-1) ?? '');
  return (
    runtime === 'NODEJS' &&
    ending.signal === 'SIGABRT' &&
    /^FATAL ERROR: .*(?:out of memory|Allocation failed)/m.test(lastWords)
  );
}

const MiB = 1024 * 1024;
const inMiB = (bytes: number): string => `${Math.round((bytes / MiB) * 100) / 100} MiB`;

function stopMessage(reason: StopReason, limits: ResourceLimits): string {
  switch (reason) {
    case 'WALL_TIMEOUT':
      return `Still running after ${limits.wallMs} ms (limits.wallMs)`;
    case 'CPU_TIMEOUT':
      return `Used more than ${limits.cpuMs} ms of CPU time (limits.cpuMs)`;
    case 'OUTPUT_LIMIT':
      return `Printed more than ${limits.outputBytes} bytes (limits.outputBytes); the head is kept`;
    case 'PROCESS_LIMIT':
      return `Wanted more than ${limits.processes} processes and threads at once (limits.processes)`;
    case 'OUT_OF_MEMORY':
      return `Needed more than ${inMiB(limits.memoryBytes)} of memory (limits.memoryBytes)`;
    case 'CANCELLED':
      return 'Cancelled on request';
    case 'SANDBOX_LOST':
      return 'The sandbox ended without its program having ended; run it again';
  }
}

/**
 * The rule that turns the facts of an end into the one stable word for it. What we did comes first, then what the
 * kernel did, then what the program did; a program that met a limit, coped and exited with 0 has succeeded.
 */
export function judge(ending: SandboxEnding, stopped: StopReason | null, limits: ResourceLimits): Verdict {
  const failed = (code: FailureCode, message: string): Verdict => ({ status: 'FAILED', failure: { code, message } });
  const ofStop = (reason: StopReason): Verdict => {
    const failure = { code: reason, message: stopMessage(reason, limits) };
    if (reason === 'CANCELLED') return { status: 'CANCELLED', failure };
    if (reason === 'WALL_TIMEOUT' || reason === 'CPU_TIMEOUT') return { status: 'TIMED_OUT', failure };
    return { status: 'FAILED', failure };
  };
  if (stopped === 'CANCELLED' || stopped === 'OUTPUT_LIMIT') return ofStop(stopped);
  if (stopped === null && ending.exitCode === 0) return { status: 'SUCCEEDED', failure: null };
  if (ending.outOfMemory) return ofStop('OUT_OF_MEMORY');
  if (ending.refusedProcesses > 0) return ofStop('PROCESS_LIMIT');
  if (ending.signal === 'SIGXFSZ' || (ending.diskFull && stopped === null)) {
    return failed('DISK_LIMIT', `The work folder's ${inMiB(limits.diskBytes)} are full (limits.diskBytes)`);
  }
  if (stopped !== null) return ofStop(stopped);
  if (ending.signal === 'SIGXCPU') return ofStop('CPU_TIMEOUT');
  if (ending.lost !== null) return failed('SANDBOX_LOST', ending.lost);
  if (ending.signal !== null) return failed('SIGNALED', `Ended by ${ending.signal}`);
  return failed('NON_ZERO_EXIT', `Ended with exit code ${ending.exitCode ?? 'unknown'}`);
}

/** The languages a program can be written in. */
export const RUNTIME_IDS = ['NODEJS', 'TYPESCRIPT', 'PYTHON', 'GO', 'RUST', 'JAVA', 'CSHARP', 'BASH'] as const;
export type RuntimeId = (typeof RUNTIME_IDS)[number];

/** The phases of a run; the last five are ends. */
export const EXECUTION_STATUSES = [
  'QUEUED',
  'PREPARING',
  'COMPILING',
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
  'TIMED_OUT',
  'CANCELLED',
  'REJECTED',
] as const;
export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number];
export const UNFINISHED: readonly ExecutionStatus[] = ['QUEUED', 'PREPARING', 'COMPILING', 'RUNNING'];

/** Whether a run in this status will never change again. */
export function isFinished(status: ExecutionStatus): boolean {
  return !UNFINISHED.includes(status);
}

/** Why a run did not succeed: stable words a program can act on. */
export const FAILURE_CODES = [
  'COMPILE_ERROR',
  'NON_ZERO_EXIT',
  'SIGNALED',
  'WALL_TIMEOUT',
  'CPU_TIMEOUT',
  'OUT_OF_MEMORY',
  'PROCESS_LIMIT',
  'DISK_LIMIT',
  'OUTPUT_LIMIT',
  'MALICIOUS_CODE',
  'RUNTIME_UNAVAILABLE',
  'QUOTA_EXCEEDED',
  'CANCELLED',
  'SANDBOX_LOST',
] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];

export interface ExecutionFailure {
  code: FailureCode;
  message: string;
}

/** How strongly a program is kept apart, strongest first. */
export const ISOLATIONS = ['MICROVM', 'GVISOR', 'CONTAINER', 'NAMESPACE', 'WASM'] as const;
export type Isolation = (typeof ISOLATIONS)[number];

/** Whether `held` keeps a program apart at least as strongly as `asked`. */
export function isAtLeast(held: Isolation, asked: Isolation): boolean {
  return ISOLATIONS.indexOf(held) <= ISOLATIONS.indexOf(asked);
}

/** What a run has used, measured by the kernel; times in milliseconds. */
export interface ResourceUsage {
  wallMs: number;
  cpuMs: number;
  peakMemoryBytes: number;
  outputBytes: number;
  processesPeak: number | null;
}

/** Where the time of a run went, in milliseconds. */
export interface ExecutionTiming {
  queuedMs: number;
  preparedMs: number;
  compiledMs: number | null;
  ranMs: number;
}

/**
 * One run of a program in a sandbox. Neither the program nor its input is kept; what it printed is in the spool, and
 * beside it here where it is short.
 */
export interface Execution {
  id: string;
  tenantId: string;
  runtime: RuntimeId;
  status: ExecutionStatus;
  failure: ExecutionFailure | null;
  exitCode: number | null;
  signal: string | null;
  truncated: boolean;
  usage: ResourceUsage | null;
  limits: ResourceLimits;
  isolation: Isolation;
  agentId: string | null;
  projectId: string | null;
  sessionId: string | null;
  cached: boolean;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  timing: ExecutionTiming | null;
  /** All of an ended run's output where it is short, else null: it is in the spool. */
  stdout: Buffer | null;
  stderr: Buffer | null;
  /** The process that runs it, and until when it has said that it still does. */
  owner: string | null;
  leaseUntil: Date | null;
  cancelRequested: boolean;
}

/** What a run may use at most; times in milliseconds, sizes in bytes, `cpus` in cores. */
export interface ResourceLimits {
  wallMs: number;
  cpuMs: number;
  memoryBytes: number;
  processes: number;
  diskBytes: number;
  outputBytes: number;
  cpus: number;
}

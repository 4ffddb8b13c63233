export const taskStates = ['BLOCKED', 'READY', 'CLAIMED', 'SUCCEEDED', 'FAILED', 'DEAD', 'CANCELLED'] as const;
export type TaskState = (typeof taskStates)[number];

/** A unit of work that any agent with the capabilities may claim. */
export interface Task {
  id: string;
  tenantId: string;
  title: string;
  payload: unknown;
  requiredCapabilities: string[];
  /** Greater is more urgent. */
  priority: number;
  state: TaskState;
  /** Tasks that must have succeeded before. */
  dependsOn: string[];
  assigneeId: string | null;
  projectId: string | null;
  /** How often it has been claimed. */
  attempts: number;
  maxAttempts: number;
  notBefore: Date | null;
  leaseExpiresAt: Date | null;
  /** Of the last claim, 0 before the first; digits, since it has 64 bits. */
  fencingToken: string;
  /** 0 to 1 */
  progress: number | null;
  result: unknown;
  error: string | null;
  createdAt: Date;
  finishedAt: Date | null;
}

/** A claim on a task. A later claim has a greater token; what comes with an older one is refused. */
export interface TaskLease {
  task: Task;
  fencingToken: string;
  expiresAt: Date;
}

/** What a task becomes when a try at it has ended without success. */
export function afterFailedTry(
  task: Pick<Task, 'attempts' | 'maxAttempts'>,
  retry: boolean,
): 'READY' | 'FAILED' | 'DEAD' {
  if (!retry) return 'FAILED';
  return task.attempts < task.maxAttempts ? 'READY' : 'DEAD';
}

export const isFinal = (state: TaskState): boolean => state !== 'BLOCKED' && state !== 'READY' && state !== 'CLAIMED';

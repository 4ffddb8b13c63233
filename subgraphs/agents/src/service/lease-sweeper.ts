import type { Logger } from '@agentos/platform';
import type { LockService } from './lock-service.js';
import type { TaskService } from './task-service.js';

const taskSweepMs = 1_000; // 1 second: how late a task with a lost agent may be offered again while nobody claims
const lockSweepMs = 600_000; // 10 minutes: rows of ended locks only take room

/** Ends what nobody prolongs. Claims end leases too; this is for when nobody claims, and for those who watch. */
export function createLeaseSweeper(tasks: TaskService, locks: LockService, logger: Logger) {
  const timers: NodeJS.Timeout[] = [];
  const running = new Map<string, Promise<void>>();
  const every = (ms: number, what: string, work: () => Promise<void>) => {
    const timer = setInterval(() => {
      // A slow round is not joined by the next.
      if (running.has(what)) return;
      const round = work()
        .catch((error) => logger.warn({ err: error }, `${what} could not be ended; the next round tries again`))
        .finally(() => running.delete(what));
      running.set(what, round);
    }, ms);
    timer.unref();
    timers.push(timer);
  };
  return {
    start(): void {
      every(taskSweepMs, 'leases of tasks', () => tasks.sweep());
      every(lockSweepMs, 'leases of locks', () => locks.sweep());
    },
    async stop(): Promise<void> {
      for (const timer of timers) clearInterval(timer);
      await Promise.all(running.values());
    },
  };
}

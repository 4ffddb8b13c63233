import { availableParallelism } from 'node:os';
import { judge, type StopReason, saidOutOfMemory, type Verdict } from '../domain/ending.js';
import type { EventBody } from '../domain/event.js';
import type { ResourceLimits, ResourceUsage, RuntimeId } from '../domain/execution.js';
import { pumpOutput } from './output-pump.js';
import type { SandboxRun } from './ports.js';

const SAMPLE_MS = 1_000;
/** A program that is refused a process this often is not coping, it is a fork bomb. */
const REFUSALS_STOP = 16;

/** Enough for the last lines of a crash report. */
const LAST_WORDS = 16_384;

export interface SuperviseOptions {
  runtime: RuntimeId;
  limits: ResourceLimits;
  /** Stores events in order; the program waits while its output is stored. */
  emit: (bodies: EventBody[]) => Promise<void>;
  /** Aborted to cancel the run; a reason that is a StopReason says why. */
  signal: AbortSignal;
}

export interface Supervised extends Verdict {
  exitCode: number | null;
  signal: string | null;
  truncated: boolean;
  usage: ResourceUsage;
}

/**
 * Watches a run to its end: stores its output, holds it to the limits that the kernel does not end programs for, and
 * says how it ended. Never leaves a program running when it returns or throws.
 */
export async function supervise(run: SandboxRun, options: SuperviseOptions): Promise<Supervised> {
  const { limits } = options;
  const startedAt = performance.now();
  let stopped: StopReason | null = null;
  let outputBytes = 0;
  let lastWords = '';
  let over = false;
  const stop = (reason: StopReason): void => {
    if (over) return;
    stopped ??= reason;
    run.kill();
  };
  const onAbort = (): void => stop(options.signal.reason === 'SANDBOX_LOST' ? 'SANDBOX_LOST' : 'CANCELLED');
  if (options.signal.aborted) onAbort();
  options.signal.addEventListener('abort', onAbort);
  const wall = setTimeout(() => stop('WALL_TIMEOUT'), limits.wallMs);

  // CPU time cannot pass before elapsed time times cores has, so looking then is exact and seldom.
  let lookTimer: NodeJS.Timeout | undefined;
  let nextEventMs = SAMPLE_MS;
  const look = async (): Promise<void> => {
    const sample = await run.usage();
    if (over) return;
    let leftMs = limits.cpuMs;
    if (sample) {
      leftMs = limits.cpuMs - sample.cpuMs;
      if (leftMs <= 0) stop('CPU_TIMEOUT');
      if (sample.refusedProcesses >= REFUSALS_STOP) stop('PROCESS_LIMIT');
      if (performance.now() - startedAt >= nextEventMs) {
        nextEventMs += SAMPLE_MS;
        const { wallMs, cpuMs, peakMemoryBytes, processesPeak } = sample;
        const usage = { wallMs, cpuMs, peakMemoryBytes, processesPeak, outputBytes };
        await options.emit([{ kind: 'usage', usage }]);
      }
    }
    if (!over && stopped === null) schedule(leftMs);
  };
  const schedule = (leftMs: number): void => {
    const dueMs = Math.min(SAMPLE_MS, Math.max(10, leftMs / availableParallelism()));
    lookTimer = setTimeout(() => void look().catch(() => schedule(leftMs)), dueMs);
  };
  schedule(Math.min(limits.cpuMs, 250 * availableParallelism()));

  try {
    const pumped = pumpOutput(run.output, {
      limitBytes: limits.outputBytes,
      onLimit: () => stop('OUTPUT_LIMIT'),
      emit: async (bodies) => {
        for (const body of bodies) {
          if (body.kind !== 'output') continue;
          if (body.stream === 'STDERR') lastWords = (lastWords + body.text).slice(-LAST_WORDS);
          outputBytes +=
            body.base64 === undefined ? Buffer.byteLength(body.text) : Buffer.byteLength(body.base64, 'base64');
        }
        await options.emit(bodies);
      },
    });
    const [{ bytes, truncated }, told] = await Promise.all([pumped, run.ended]);
    const outOfMemory = told.outOfMemory || saidOutOfMemory(options.runtime, told, lastWords);
    const ending = { ...told, outOfMemory };
    // A program over its CPU limit that ended between two looks did not keep it.
    if (stopped === null && ending.usage.cpuMs > limits.cpuMs && ending.exitCode !== 0) stopped = 'CPU_TIMEOUT';
    return {
      ...judge(ending, stopped, limits),
      exitCode: stopped === null ? ending.exitCode : null,
      signal: stopped === null ? ending.signal : 'SIGKILL',
      truncated,
      usage: { ...ending.usage, outputBytes: bytes },
    };
  } finally {
    over = true;
    clearTimeout(wall);
    clearTimeout(lookTimer);
    options.signal.removeEventListener('abort', onAbort);
    run.kill();
  }
}

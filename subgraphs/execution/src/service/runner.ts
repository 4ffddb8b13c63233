import { totalmem } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { AgentOSError, type RequestContext, rateLimited } from '@agentos/kernel';
import type { Logger, Metrics } from '@agentos/platform';
import type { EventBody, OutputStream } from '../domain/event.js';
import type { Execution, ExecutionStatus } from '../domain/execution.js';
import { FairQueue } from '../domain/fair-queue.js';
import type { Program } from '../domain/program.js';
import type { ExecutionChange } from '../store/execution-store.js';
import type { Ladder } from './ladder.js';
import type { OutputSpool, Sandbox, SandboxRun } from './ports.js';
import { aborted } from './signals.js';
import { type Supervised, supervise } from './supervise.js';

/** An accepted run on its way from the queue to its end. */
export interface Job {
  execution: Execution;
  program: Program;
  sandbox: Sandbox;
}

interface Live extends Job {
  status: ExecutionStatus;
  cancel: AbortController;
  acceptedMs: number;
  run: SandboxRun | null;
  startedAt: Date | null;
  done: Promise<void>;
  finish: () => void;
}

export interface RunnerOptions {
  /** Programs that run at once. */
  concurrency: number;
  /** Programs that may wait, how many of them one tenant's, and how large they may be together. */
  queue: { all: number; perTenant: number; bytes: number };
}

/** Output up to this size is kept beside the row as well, so that reading it needs no spool. */
const KEPT_BYTES = 64 * 1024;

/** How long runs that were ended because the service stops may take to say so. */
const END_MS = 5_000;

/** What is kept of the output beside the row; null once it is too long. */
class Kept {
  #parts: Buffer[] | null = [];
  #size = 0;

  add(bytes: Buffer): void {
    this.#size += bytes.byteLength;
    if (this.#size > KEPT_BYTES) this.#parts = null;
    this.#parts?.push(bytes);
  }

  bytes(): Buffer | null {
    return this.#parts && Buffer.concat(this.#parts);
  }
}

/**
 * Runs programs: a bounded queue in which tenants take turns, so many at once, each to its true end. What happened is
 * stored first in the row and then told in the spool, so that who sees the event also sees the row.
 */
export class Runner {
  readonly #queue: FairQueue<Live>;
  readonly #live = new Map<string, Live>();
  readonly #running = new Set<Live>();
  /** Of the programs that wait and run: they are in memory until they have ended. */
  #heldBytes = 0;
  #stopping = false;

  constructor(
    private readonly ladder: Ladder,
    private readonly spool: OutputSpool,
    private readonly save: (execution: Execution, change: ExecutionChange) => Promise<boolean>,
    private readonly logger: Logger,
    private readonly metrics: Metrics,
    private readonly options: RunnerOptions,
  ) {
    this.#queue = new FairQueue(options.queue);
  }

  /** @throws AgentOSError RATE_LIMITED where no more may wait, UNAVAILABLE where the server is stopping */
  requireRoom(ctx: Pick<RequestContext, 'tenantId'>, program: Program): void {
    if (this.#stopping)
      throw new AgentOSError('UNAVAILABLE', 'The server is stopping; send it again.', { retryAfterMs: 2_000 });
    const fits = this.#heldBytes + sizeOf(program) <= this.options.queue.bytes;
    if (!fits || !this.#queue.hasRoom(ctx.tenantId)) {
      throw rateLimited('Too many programs are waiting already; send it again when some have ended.', 1_000);
    }
  }

  enqueue(job: Job): void {
    let finish = (): void => {};
    const done = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const live: Live = {
      ...job,
      status: 'QUEUED',
      cancel: new AbortController(),
      acceptedMs: performance.now(),
      run: null,
      startedAt: null,
      done,
      finish,
    };
    this.#live.set(job.execution.id, live);
    this.#heldBytes += sizeOf(job.program);
    this.#queue.add(job.execution.tenantId, live);
    live.cancel.signal.addEventListener('abort', () => {
      if (!this.#queue.remove(job.execution.tenantId, live)) return;
      void this.#end(live, cancelledEnd(live), null).catch((error) => this.#lose(live, error));
    });
    void this.#tell(live, [{ kind: 'status', status: 'QUEUED' }]).catch((error) => this.#lose(live, error));
    this.#next();
  }

  /** The phase of a run that this process has in hand; undefined for all others. */
  statusOf(id: string): ExecutionStatus | undefined {
    return this.#live.get(id)?.status;
  }

  /** The runs that this process has in hand. */
  live(): Execution[] {
    return [...this.#live.values()].map((live) => live.execution);
  }

  /** Resolves when the run has ended, at once where this process does not have it. */
  whenDone(id: string): Promise<void> {
    return this.#live.get(id)?.done ?? Promise.resolve();
  }

  /** @returns whether this process has it in hand */
  cancel(id: string): boolean {
    const live = this.#live.get(id);
    live?.cancel.abort('CANCELLED');
    return live !== undefined;
  }

  /** The running sandbox, for its input; null before it runs, undefined where this process does not have it. */
  runOf(id: string): SandboxRun | null | undefined {
    return this.#live.get(id)?.run;
  }

  numbers(): { running: number; queued: number; cpusInUse: number; memoryBytesInUse: number } {
    let cpusInUse = 0;
    let memoryBytesInUse = 0;
    for (const { execution } of this.#running) {
      cpusInUse += execution.limits.cpus;
      memoryBytesInUse += execution.limits.memoryBytes;
    }
    return { running: this.#running.size, queued: this.#queue.size, cpusInUse, memoryBytesInUse };
  }

  /** Takes no new work, lets what runs end until `signal` fires, then ends it. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping = true;
    const endAll = (): void => {
      for (const live of this.#live.values()) live.cancel.abort('SANDBOX_LOST');
    };
    if (signal.aborted) endAll();
    signal.addEventListener('abort', endAll);
    const ended = Promise.all([...this.#live.values()].map((live) => live.done));
    // What does not end even then is told by the next start, as after a kill.
    await Promise.race([ended, aborted(signal).then(() => setTimeout(END_MS, undefined, { ref: false }))]);
    signal.removeEventListener('abort', endAll);
  }

  #mayGo(live: Live): boolean {
    const { concurrency } = this.options;
    if (this.#running.size >= concurrency) return false;
    // A quarter of the places is never one tenant's, so that its long runs cannot keep everyone else waiting.
    const tenantId = live.execution.tenantId;
    const ofTenant = [...this.#running].filter((each) => each.execution.tenantId === tenantId).length;
    if (ofTenant >= Math.max(1, concurrency - Math.ceil(concurrency / 4))) return false;
    const memory = this.numbers().memoryBytesInUse + live.execution.limits.memoryBytes;
    return this.#running.size === 0 || memory <= totalmem() * 0.8;
  }

  #next(): void {
    for (let live = this.#take(); live !== null; live = this.#take()) {
      const taken = live;
      this.#running.add(taken);
      void this.#runToEnd(taken).finally(() => {
        this.#running.delete(taken);
        this.#next();
      });
    }
    this.#measure();
  }

  #take(): Live | null {
    return this.#queue.take((live) => this.#mayGo(live));
  }

  #measure(): void {
    this.metrics.executionsRunning.set(this.#running.size);
    this.metrics.executionsQueued.set(this.#queue.size);
  }

  async #tell(live: Live, bodies: EventBody[]): Promise<void> {
    await this.spool.append(live.execution, bodies);
  }

  async #phase(live: Live, status: ExecutionStatus): Promise<void> {
    live.status = status;
    await this.#tell(live, [{ kind: 'status', status }]);
  }

  async #runToEnd(live: Live): Promise<void> {
    const { execution, program, sandbox } = live;
    const takenMs = performance.now();
    try {
      await this.#phase(live, 'PREPARING');
      try {
        live.run = await sandbox.start({
          executionId: execution.id,
          tenantId: execution.tenantId,
          program,
          limits: execution.limits,
        });
      } catch (error) {
        this.ladder.refresh();
        const message = `The sandbox (${sandbox.name}) could not be started: ${(error as Error).message}`;
        return await this.#end(live, failedEnd('SANDBOX_LOST', message), null);
      }
      const startedMs = performance.now();
      live.startedAt = new Date();
      const outputs: Record<OutputStream, Kept> = { STDOUT: new Kept(), STDERR: new Kept() };
      // The program already runs; the row and the event of it must not hold its output up, only come before it.
      const started = this.save(execution, { status: 'RUNNING', startedAt: live.startedAt }).then(() =>
        this.#phase(live, 'RUNNING'),
      );
      started.catch(() => {}); // seen at the await in emit, or at the one below
      const ended = await supervise(live.run, {
        runtime: execution.runtime,
        limits: execution.limits,
        signal: live.cancel.signal,
        emit: async (bodies) => {
          await started;
          for (const body of bodies) {
            if (body.kind !== 'output') continue;
            outputs[body.stream].add(
              Buffer.from(body.base64 ?? body.text, body.base64 === undefined ? 'utf8' : 'base64'),
            );
          }
          await this.#tell(live, bodies);
        },
      });
      await started;
      await this.#tell(live, []); // refused where output was lost that a row with a good end would promise
      await this.#end(
        live,
        ended,
        {
          queuedMs: takenMs - live.acceptedMs,
          preparedMs: startedMs - takenMs,
          compiledMs: null,
          ranMs: ended.usage.wallMs,
        },
        outputs,
      );
    } catch (error) {
      await this.#lose(live, error);
    } finally {
      // The place is free when the sandbox is: what is still being torn down uses the host.
      await live.run?.gone.catch((error: unknown) =>
        this.logger.error({ err: error, id: execution.id }, 'a sandbox left something over'),
      );
    }
  }

  async #end(
    live: Live,
    ended: Pick<Supervised, 'status' | 'failure' | 'exitCode' | 'signal' | 'truncated'> &
      Partial<Pick<Supervised, 'usage'>>,
    timing: Execution['timing'],
    outputs?: Record<OutputStream, Kept>,
  ): Promise<void> {
    const { execution } = live;
    try {
      await this.save(execution, {
        status: ended.status,
        failure: ended.failure,
        exitCode: ended.exitCode,
        signal: ended.signal,
        truncated: ended.truncated,
        usage: ended.usage ?? null,
        finishedAt: new Date(),
        timing,
        stdout: outputs ? outputs.STDOUT.bytes() : Buffer.alloc(0),
        stderr: outputs ? outputs.STDERR.bytes() : Buffer.alloc(0),
        leaseUntil: null,
      });
      live.status = ended.status;
      await this.#tell(live, [{ kind: 'status', status: ended.status }]);
    } finally {
      if (this.#live.delete(execution.id)) this.#heldBytes -= sizeOf(live.program);
      live.finish();
      this.metrics.executionDuration.observe(
        { runtime: execution.runtime, status: ended.status },
        (performance.now() - live.acceptedMs) / 1000,
      );
      this.#measure();
    }
  }

  /** Something of ours failed under a run: it is ended, and says so as far as that can still be stored. */
  async #lose(live: Live, error: unknown): Promise<void> {
    this.logger.error({ err: error, id: live.execution.id }, 'a run was lost');
    live.run?.kill();
    this.#queue.remove(live.execution.tenantId, live); // what has ended must not be started when its turn comes
    // Ended, but not stored: its lease runs out, and whoever sweeps next ends it.
    if (!this.#live.has(live.execution.id)) return;
    await this.#end(live, failedEnd('SANDBOX_LOST', 'The service failed while it ran; run it again'), null).catch(
      (next: unknown) => {
        // Its lease runs out, and whoever sweeps next ends it.
        this.logger.error({ err: next, id: live.execution.id }, 'the end of a lost run could not be stored');
      },
    );
  }
}

function sizeOf(program: Program): number {
  return program.files.reduce((sum, file) => sum + file.content.byteLength, program.stdin?.length ?? 0);
}

type ShortEnd = Pick<Supervised, 'status' | 'failure' | 'exitCode' | 'signal' | 'truncated'>;

function failedEnd(code: 'SANDBOX_LOST', message: string): ShortEnd {
  return { status: 'FAILED', failure: { code, message }, exitCode: null, signal: null, truncated: false };
}

function cancelledEnd(live: { cancel: AbortController }): ShortEnd {
  if (live.cancel.signal.reason === 'SANDBOX_LOST')
    return failedEnd('SANDBOX_LOST', 'The server stopped before it ran; run it again');
  const failure = { code: 'CANCELLED', message: 'Cancelled before it ran' } as const;
  return { status: 'CANCELLED', failure, exitCode: null, signal: null, truncated: false };
}

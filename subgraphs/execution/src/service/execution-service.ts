import {
  badInput,
  type Clock,
  conflict,
  newId,
  notFound,
  type Page,
  pageSize,
  type RequestContext,
  rateLimited,
  requireId,
  unavailable,
} from '@agentos/kernel';
import { type Audit, type Database, type Logger, onceOnly } from '@agentos/platform';
import type { OutputStream, StoredEvent } from '../domain/event.js';
import { type Execution, type Isolation, isFinished } from '../domain/execution.js';
import { type LimitsInput, resolveLimits } from '../domain/limits.js';
import { type Program, type ProgramInput, resolveProgram } from '../domain/program.js';
import { type ExecutionFilter, executionStore } from '../store/execution-store.js';
import type { Ladder, Rung } from './ladder.js';
import { INPUT_BUFFER_BYTES, type OutputSpool, type SpoolKey } from './ports.js';
import type { Runner } from './runner.js';
import { aborted } from './signals.js';

export interface ExecuteRequest extends ProgramInput {
  limits?: LimitsInput | null;
  network?: { mode: 'NONE' | 'ALLOW_LIST'; allow?: string[] | null } | null;
  environmentId?: string | null;
  isolation?: Isolation | null;
  agentId?: string | null;
  projectId?: string | null;
  sessionId?: string | null;
  waitMs?: number | null;
}

/** A request that has been checked and has its rung: what the transaction still has to do is to store it. */
export interface PreparedExecution {
  program: Program;
  rung: Rung;
  execution: Omit<Execution, 'id' | 'createdAt'>;
}

const MAX_WAIT_MS = 600_000; // 10 minutes
/** How much of each stream `stdout` and `stderr` give at most; all of it comes by `executionEvents`. */
const SHOWN_BYTES = 16 * 1024 * 1024;
const LEASE_RENEWAL_MS = 2_000; // 2 seconds: also how long a cancel from another process may take to be seen

/** Accepts, shows and cancels runs. */
export class ExecutionService {
  #renewal: NodeJS.Timeout | undefined;

  constructor(
    private readonly db: Database,
    private readonly audit: Audit,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly ladder: Ladder,
    private readonly runner: Runner,
    private readonly spool: OutputSpool,
    /** One process is all there is (embedded): whatever is unfinished at start is nobody's. */
    private readonly alone: boolean,
    private readonly owner: string,
  ) {}

  /** @throws AgentOSError BAD_USER_INPUT naming the field, NOT_FOUND, UNAVAILABLE */
  async prepare(ctx: RequestContext, request: ExecuteRequest): Promise<PreparedExecution> {
    const program = resolveProgram(request);
    const limits = resolveLimits(request.limits);
    requireWait(request.waitMs);
    const agentId = request.agentId ? requireId(request.agentId, 'agent', 'input.agentId') : null;
    const projectId = request.projectId ? requireId(request.projectId, 'proj', 'input.projectId') : null;
    const sessionId = request.sessionId ? requireId(request.sessionId, 'sess', 'input.sessionId') : null;
    if (request.environmentId) {
      requireId(request.environmentId, 'env', 'input.environmentId');
      throw notFound('environment', request.environmentId);
    }
    if (request.network?.mode === 'ALLOW_LIST') {
      throw unavailable('Programs have no network here yet; leave network out or ask for mode NONE.', {
        retryable: false,
      });
    }
    const rung = await this.ladder.choose(program.runtime, request.isolation ?? null);
    if (rung.available) this.runner.requireRoom(ctx, program);
    const failure = rung.available ? null : ({ code: 'RUNTIME_UNAVAILABLE', message: rung.because } as const);
    return {
      program,
      rung,
      execution: {
        tenantId: ctx.tenantId,
        runtime: program.runtime,
        status: rung.available ? 'QUEUED' : 'REJECTED',
        failure,
        exitCode: null,
        signal: null,
        truncated: false,
        usage: null,
        limits,
        isolation: rung.available ? rung.sandbox.isolation : rung.isolation,
        agentId,
        projectId,
        sessionId,
        cached: false,
        startedAt: null,
        finishedAt: null,
        timing: null,
        stdout: null,
        stderr: null,
        owner: this.owner,
        leaseUntil: null,
        cancelRequested: false,
      },
    };
  }

  /** Stores a run; it starts once the transaction has committed, and never if it does not. */
  async accept(ctx: RequestContext, { program, rung, execution }: PreparedExecution): Promise<Execution> {
    const createdAt = this.clock.now();
    const accepted: Execution = {
      ...execution,
      id: newId('exec'),
      createdAt,
      finishedAt: isFinished(execution.status) ? createdAt : null,
    };
    await this.db.transaction(ctx, async (manager) => {
      await executionStore.insert(manager, accepted);
      this.db.afterCommit(() => {
        if (rung.available) this.runner.enqueue({ execution: accepted, program, sandbox: rung.sandbox });
        else this.#tellEnd(accepted);
      });
    });
    return accepted;
  }

  /**
   * Prepares and stores a run outside a mutation, with what a mutation has: its audit line, and one effect for one
   * idempotency key.
   */
  async start(ctx: RequestContext, request: ExecuteRequest): Promise<{ id: string }> {
    const prepared = await this.prepare(ctx, request);
    return this.db.transaction(ctx, (manager) =>
      onceOnly(manager, ctx, 'executeStream', async () => {
        const { id } = await this.accept(ctx, prepared);
        await this.audit.append(manager, ctx, {
          type: 'change',
          action: 'executeStream',
          resource: id,
          outcome: 'SUCCEEDED',
        });
        return { id };
      }),
    );
  }

  /**
   * The execution once it has ended, or as it is after so long, or when the request has gone.
   * @param waitMs 0 answers at once
   */
  async wait(ctx: RequestContext, id: string, waitMs: number): Promise<Execution> {
    const leftMs = ctx.deadline === undefined ? waitMs : Math.min(waitMs, ctx.deadline - Date.now() - 250);
    if (leftMs > 0) {
      const enough = AbortSignal.any([ctx.signal, AbortSignal.timeout(leftMs)]);
      if (this.runner.statusOf(id) === undefined) await this.#ended(ctx, id, enough);
      else await Promise.race([this.runner.whenDone(id), aborted(enough)]);
    }
    const [execution] = await this.findByIds(ctx, [id]);
    if (!execution) throw notFound('execution', id);
    return execution;
  }

  /** By its events, where another process runs it or did. */
  async #ended(ctx: RequestContext, id: string, signal: AbortSignal): Promise<void> {
    for await (const event of await this.events({ ...ctx, signal }, id, -1))
      if (event.kind === 'status' && isFinished(event.status)) return;
  }

  async findByIds(ctx: Pick<RequestContext, 'tenantId'>, ids: readonly string[]): Promise<Execution[]> {
    const found = await this.db.read(ctx, (manager) => executionStore.findByIds(manager, ids));
    return found.map((execution) => this.#withPhase(execution));
  }

  /** Phases that are over in milliseconds are not worth a row each: the process that runs it knows them. */
  #withPhase(execution: Execution): Execution {
    const status = isFinished(execution.status) ? undefined : this.runner.statusOf(execution.id);
    return status === undefined || isFinished(status) ? execution : { ...execution, status };
  }

  async page(
    ctx: Pick<RequestContext, 'tenantId'>,
    filter: ExecutionFilter,
    request: { first?: number | null | undefined; after?: string | null | undefined },
  ): Promise<Page<Execution>> {
    const first = pageSize(request.first);
    for (const [name, prefix] of [
      ['agentId', 'agent'],
      ['projectId', 'proj'],
      ['sessionId', 'sess'],
    ] as const) {
      const id = filter[name];
      if (id !== undefined) requireId(id, prefix, `filter.${name}`);
    }
    const after = request.after ?? undefined;
    const page = await this.db.read(ctx, (manager) => executionStore.page(manager, { filter, first, after }));
    return { ...page, items: page.items.map((item) => ({ ...item, node: this.#withPhase(item.node) })) };
  }

  /**
   * The events after an offset: what is stored, then what comes, until the last one. Refuses before the first event.
   * @throws AgentOSError BAD_USER_INPUT, NOT_FOUND
   */
  async events(ctx: RequestContext, id: string, after: number): Promise<AsyncGenerator<StoredEvent>> {
    requireId(id, 'exec', 'executionId');
    if (!Number.isInteger(after) || after < -1)
      throw badInput('after is the offset of an event, or -1 for all', 'after');
    const [execution] = await this.findByIds(ctx, [id]);
    if (!execution) throw notFound('execution', id);
    return this.#events(ctx, execution, after);
  }

  async *#events(ctx: RequestContext, execution: Execution, after: number): AsyncGenerator<StoredEvent> {
    const gone = new AbortController();
    const signal = AbortSignal.any([ctx.signal, gone.signal]);
    try {
      let last = after;
      if (isFinished(execution.status)) {
        for await (const batch of this.spool.read(execution, after)) {
          yield* batch;
          last = batch.at(-1)?.offset ?? last;
        }
        // Killed between the row and the event, the process that ran it left the last one out.
        await this.#appendEnd(execution, execution.status);
      }
      for await (const batch of this.spool.follow(execution, last, signal)) yield* batch;
    } finally {
      gone.abort();
    }
  }

  /** What a run printed so far, of each stream at most 16 MiB. */
  async outputOf(execution: Execution): Promise<{ stdout: string; stderr: string }> {
    if (execution.stdout !== null && execution.stderr !== null) {
      return { stdout: execution.stdout.toString(), stderr: execution.stderr.toString() };
    }
    const parts: Record<OutputStream, Buffer[]> = { STDOUT: [], STDERR: [] };
    const sizes: Record<OutputStream, number> = { STDOUT: 0, STDERR: 0 };
    for await (const batch of this.spool.read(execution, -1)) {
      for (const event of batch) {
        if (event.kind !== 'output' || sizes[event.stream] >= SHOWN_BYTES) continue;
        const bytes = Buffer.from(event.base64 ?? event.text, event.base64 === undefined ? 'utf8' : 'base64');
        sizes[event.stream] += bytes.byteLength;
        parts[event.stream].push(bytes);
      }
      if (sizes.STDOUT >= SHOWN_BYTES && sizes.STDERR >= SHOWN_BYTES) break;
    }
    return { stdout: Buffer.concat(parts.STDOUT).toString(), stderr: Buffer.concat(parts.STDERR).toString() };
  }

  /** Asks for the end of a run, in whatever phase and process it is; one that has ended stays as it is. */
  async requestCancel(ctx: RequestContext, id: string): Promise<Execution> {
    requireId(id, 'exec', 'id');
    return this.db.transaction(ctx, async (manager) => {
      const [execution] = await executionStore.findByIds(manager, [id]);
      if (!execution) throw notFound('execution', id);
      if (isFinished(execution.status)) return execution;
      await executionStore.change(manager, id, { cancelRequested: true });
      this.db.afterCommit(() => this.runner.cancel(id));
      return execution;
    });
  }

  /**
   * Gives a running program more input.
   * @throws AgentOSError NOT_FOUND; CONFLICT where it has ended or its input has; RATE_LIMITED where it does not read;
   * UNAVAILABLE where it runs elsewhere or not yet
   */
  async sendInput(ctx: RequestContext, id: string, text: string, end: boolean): Promise<void> {
    requireId(id, 'exec', 'executionId');
    if (!text.isWellFormed()) throw badInput('Not well-formed Unicode: a surrogate stands alone', 'text');
    if (Buffer.byteLength(text) > INPUT_BUFFER_BYTES)
      throw badInput(`text has at most ${INPUT_BUFFER_BYTES} bytes`, 'text');
    const [execution] = await this.findByIds(ctx, [id]);
    if (!execution) throw notFound('execution', id);
    if (isFinished(execution.status)) throw conflict('The execution has ended; it takes no more input.');
    const run = this.runner.runOf(id);
    if (run === undefined)
      throw unavailable('The execution runs in another process, which cannot be given input from here.');
    if (run === null)
      throw unavailable('The execution has not started yet; send its input when it is RUNNING.', { retryAfterMs: 200 });
    let taken: boolean;
    try {
      taken = text === '' || run.write(Buffer.from(text));
      if (taken && end) run.endInput();
    } catch {
      throw conflict(
        'The standard input has ended: leave stdin out of the request to send input while the program runs.',
      );
    }
    if (!taken)
      throw rateLimited('The program has not read the input that it was sent before; send this again later.', 500);
  }

  /** Ends what an earlier process left unfinished, and keeps saying that ours still run. */
  async open(): Promise<void> {
    await this.#endLost(this.alone);
    this.#renewal = setInterval(() => {
      this.#renew().catch((error) =>
        this.logger.warn({ err: error }, 'leases of running executions could not be renewed'),
      );
    }, LEASE_RENEWAL_MS);
    this.#renewal.unref();
  }

  close(): void {
    clearInterval(this.#renewal);
  }

  async #renew(): Promise<void> {
    const mine = this.runner.live();
    const byTenant = new Map<string, string[]>();
    for (const { id, tenantId } of mine) byTenant.set(tenantId, [...(byTenant.get(tenantId) ?? []), id]);
    for (const [tenantId, ids] of byTenant) {
      const asked = await this.db.transaction({ tenantId }, (manager) => executionStore.renew(manager, ids));
      for (const id of asked) this.runner.cancel(id);
    }
    await this.#endLost(false); // also those of our own whose end could not be stored
  }

  async #endLost(all: boolean): Promise<void> {
    const failure = { code: 'SANDBOX_LOST', message: 'The service was stopped while it ran; run it again' } as const;
    const lost = await this.db.system((manager) => executionStore.endLost(manager, failure, all));
    for (const execution of lost) await this.#appendEnd(execution, 'FAILED');
  }

  #tellEnd(execution: Execution): void {
    this.#appendEnd(execution, execution.status).catch((error) =>
      this.logger.error({ err: error, id: execution.id }, 'the end of an execution could not be told'),
    );
  }

  async #appendEnd(key: SpoolKey, status: Execution['status']): Promise<void> {
    try {
      await this.spool.append(key, [{ kind: 'status', status }]);
    } catch (error) {
      if (!(error as Error).message.includes('last event')) throw error; // it was told before the process ended
    }
  }
}

function requireWait(waitMs: number | null | undefined): void {
  const wait = waitMs ?? 0;
  if (Number.isInteger(wait) && wait >= 0 && wait <= MAX_WAIT_MS) return;
  throw badInput(`waitMs must be between 0 and ${MAX_WAIT_MS}`, 'input.waitMs');
}

import { createLogger, Metrics } from '@agentos/platform';
import { testContext } from '@agentos/platform/testing';
import { describe, expect, it } from 'vitest';
import type { SandboxEnding } from '../domain/ending.js';
import type { EventBody } from '../domain/event.js';
import { type Execution, isFinished } from '../domain/execution.js';
import { resolveLimits } from '../domain/limits.js';
import { resolveProgram } from '../domain/program.js';
import type { ExecutionChange } from '../store/execution-store.js';
import { Ladder } from './ladder.js';
import type { OutputSpool, Sandbox, SandboxRequest, SandboxRun } from './ports.js';
import { Runner } from './runner.js';

const ok: SandboxEnding = {
  exitCode: 0,
  signal: null,
  outOfMemory: false,
  refusedProcesses: 0,
  diskFull: false,
  lost: null,
  usage: { wallMs: 1, cpuMs: 1, peakMemoryBytes: 1, processesPeak: 1 },
};

/** A sandbox whose programs run until they are let go. */
class HeldSandbox implements Sandbox {
  readonly name = 'held';
  readonly isolation = 'WASM';
  readonly running = new Map<string, () => void>();
  readonly order: string[] = [];
  probe = async () => ({ available: true, version: '1' }) as const;
  sweep = async () => {};
  close = async () => {};
  async start({ executionId }: SandboxRequest): Promise<SandboxRun> {
    let end = (): void => {};
    const ended = new Promise<SandboxEnding>((resolve) => {
      end = () => resolve(ok);
    });
    this.order.push(executionId);
    this.running.set(executionId, end);
    return {
      output: (async function* () {})(),
      write: () => true,
      endInput: () => {},
      usage: async () => null,
      kill: () => end(),
      ended,
      gone: ended.then(() => void this.running.delete(executionId)),
    };
  }
}

function setUp(concurrency: number, queue = { all: 1_000, perTenant: 500, bytes: 1e6 }) {
  const sandbox = new HeldSandbox();
  const rows = new Map<string, ExecutionChange>();
  const told = new Map<string, string[]>();
  /** What fails from now on: `append` as a spool does that has lost events, which takes the last one only. */
  const broken = { save: false, append: false };
  const spool = {
    append: async ({ id }: { id: string }, bodies: EventBody[]) => {
      const last = bodies.some((body) => body.kind === 'status' && isFinished(body.status));
      if (broken.append && !last) throw new Error('events were lost');
      told.set(id, [
        ...(told.get(id) ?? []),
        ...bodies.map((body) => (body.kind === 'status' ? body.status : body.kind)),
      ]);
      return [];
    },
  } as unknown as OutputSpool;
  const save = async ({ id }: Execution, change: ExecutionChange) => {
    if (broken.save) throw new Error('the database is away');
    rows.set(id, { ...rows.get(id), ...change });
    return true;
  };
  const runner = new Runner(new Ladder([sandbox]), spool, save, createLogger('silent'), new Metrics(), {
    concurrency,
    queue,
  });
  const program = resolveProgram({ runtime: 'NODEJS', code: 'x' });
  const add = (id: string, tenantId: string) =>
    runner.enqueue({
      execution: { id, tenantId, runtime: 'NODEJS', limits: resolveLimits({}) } as Execution,
      program,
      sandbox,
    });
  return { runner, sandbox, rows, told, add, program, broken };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 20));

describe('the runner', () => {
  it("lets one tenant's one run go before another's many, and keeps places free of long runs", async () => {
    const { runner, sandbox, add } = setUp(4);
    for (let n = 0; n < 100; n++) add(`a${n}`, 'a');
    await settle();
    expect([...sandbox.running.keys()]).toEqual(['a0', 'a1', 'a2']); // the fourth place is never one tenant's
    add('b0', 'b');
    await settle();
    expect([...sandbox.running.keys()]).toEqual(['a0', 'a1', 'a2', 'b0']);
    expect(runner.numbers()).toMatchObject({ running: 4, queued: 97 });
    for (let n = 0; n < 200; n++) {
      for (const end of [...sandbox.running.values()]) end();
      if (runner.numbers().running === 0) break;
      await settle();
    }
    expect(sandbox.order).toHaveLength(101);
    expect(runner.numbers()).toEqual({ running: 0, queued: 0, cpusInUse: 0, memoryBytesInUse: 0 });
  });
  it('tells every phase in order, and the row before the event', async () => {
    const { sandbox, rows, told, add } = setUp(1);
    add('one', 'a');
    await settle();
    sandbox.running.get('one')?.();
    await settle();
    expect(told.get('one')).toEqual(['QUEUED', 'PREPARING', 'RUNNING', 'SUCCEEDED']);
    expect(rows.get('one')).toMatchObject({ status: 'SUCCEEDED', exitCode: 0 });
  });
  it('cancels what waits without ever starting it', async () => {
    const { runner, sandbox, told, add } = setUp(1);
    add('first', 'a');
    add('second', 'a');
    await settle();
    expect(runner.cancel('second')).toBe(true);
    await runner.whenDone('second');
    expect(told.get('second')).toEqual(['QUEUED', 'CANCELLED']);
    sandbox.running.get('first')?.();
    await settle();
    expect(sandbox.order).toEqual(['first']);
    expect(runner.cancel('unknown')).toBe(false);
  });
  it('refuses when the queue is full, by number and by size', () => {
    const { runner, add, program } = setUp(1, { all: 1_000, perTenant: 2, bytes: 1_000 });
    const ctx = { ...testContext(), tenantId: 'a' };
    for (let n = 0; n < 3; n++) add(`a${n}`, 'a');
    expect(() => runner.requireRoom(ctx, program)).toThrow(expect.objectContaining({ code: 'RATE_LIMITED' }));
    expect(() => runner.requireRoom({ tenantId: 'b' }, program)).not.toThrow();
    const large = resolveProgram({ runtime: 'NODEJS', code: 'x'.repeat(1_000) });
    expect(() => runner.requireRoom({ tenantId: 'b' }, large)).toThrow(
      expect.objectContaining({ code: 'RATE_LIMITED' }),
    );
  });
  it('lets running work end when it stops, and ends it when the time is up', async () => {
    const { runner, sandbox, told, add } = setUp(1);
    add('short', 'a');
    add('long', 'a');
    await settle();
    const grace = new AbortController();
    const stopped = runner.stop(grace.signal);
    expect(() => runner.requireRoom({ tenantId: 'a' }, resolveProgram({ runtime: 'NODEJS', code: '' }))).toThrow(
      /stopping/,
    );
    sandbox.running.get('short')?.();
    await settle();
    grace.abort();
    await stopped;
    expect(told.get('short')?.at(-1)).toBe('SUCCEEDED');
    expect(told.get('long')?.at(-1)).toBe('FAILED');
  });
  it.each([
    ['is cancelled', (runner: Runner) => void runner.cancel('second')],
    ['is ended by a shutdown', (runner: Runner) => void runner.stop(AbortSignal.abort())],
  ])('lets go of a waiting run that %s while the database is away', async (_how, end) => {
    const { runner, rows, add, sandbox, broken } = setUp(1);
    const unhandled: unknown[] = [];
    const onUnhandled = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', onUnhandled);
    try {
      add('first', 'a');
      add('second', 'a');
      await settle();
      broken.save = true;
      end(runner);
      await runner.whenDone('second');
      await settle();
      expect(unhandled).toEqual([]);
    } finally {
      process.off('unhandledRejection', onUnhandled);
    }
    // Not ours any more, so its lease is not renewed and the sweep ends it; nothing has been said that is not so.
    expect(runner.live().map(({ id }) => id)).not.toContain('second');
    expect(rows.get('second')).toBeUndefined();
    sandbox.running.get('first')?.();
    await settle();
    expect(sandbox.order).toEqual(['first']);
  });
  it('never starts a run that it could not say was queued', async () => {
    const { runner, rows, add, sandbox, broken } = setUp(1);
    add('first', 'a');
    await settle();
    broken.append = true;
    add('second', 'a');
    await runner.whenDone('second');
    broken.append = false;
    sandbox.running.get('first')?.();
    await settle();
    expect(rows.get('second')).toMatchObject({ status: 'FAILED', failure: { code: 'SANDBOX_LOST' } });
    expect(sandbox.order).toEqual(['first']);
  });
  it('ends a run as lost where the spool has lost its output, however well the program ended', async () => {
    const { runner, sandbox, rows, told, add, broken } = setUp(1);
    add('one', 'a');
    await settle();
    broken.append = true;
    sandbox.running.get('one')?.();
    await runner.whenDone('one');
    expect(rows.get('one')).toMatchObject({ status: 'FAILED', failure: { code: 'SANDBOX_LOST' } });
    expect(told.get('one')?.at(-1)).toBe('FAILED');
  });
});

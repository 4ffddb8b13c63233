import { describe, expect, it } from 'vitest';
import { judge, type SandboxEnding, type StopReason, saidOutOfMemory } from './ending.js';
import { resolveLimits } from './limits.js';

const usage = { wallMs: 1, cpuMs: 1, peakMemoryBytes: 1, processesPeak: 1 };
const clean: SandboxEnding = {
  exitCode: 0,
  signal: null,
  outOfMemory: false,
  refusedProcesses: 0,
  diskFull: false,
  lost: null,
  usage,
};
const killed: SandboxEnding = { ...clean, exitCode: null, lost: 'The sandbox was ended' };

describe('the end of a run', () => {
  const cases: [string, Partial<SandboxEnding>, StopReason | null, string, string | null][] = [
    ['exit code 0', {}, null, 'SUCCEEDED', null],
    ['exit code 2', { exitCode: 2 }, null, 'FAILED', 'NON_ZERO_EXIT'],
    ['a signal', { exitCode: null, signal: 'SIGSEGV' }, null, 'FAILED', 'SIGNALED'],
    ['a kill for memory', { exitCode: null, signal: 'SIGKILL', outOfMemory: true }, null, 'FAILED', 'OUT_OF_MEMORY'],
    ['a child killed for memory, with which the program coped', { outOfMemory: true }, null, 'SUCCEEDED', null],
    ['refused processes', { exitCode: 1, refusedProcesses: 3 }, null, 'FAILED', 'PROCESS_LIMIT'],
    [
      'refused processes until the wall time',
      { ...killed, refusedProcesses: 3 },
      'WALL_TIMEOUT',
      'FAILED',
      'PROCESS_LIMIT',
    ],
    ['a full disk', { exitCode: 1, diskFull: true }, null, 'FAILED', 'DISK_LIMIT'],
    ['a file too large', { exitCode: null, signal: 'SIGXFSZ' }, null, 'FAILED', 'DISK_LIMIT'],
    ['the wall time', killed, 'WALL_TIMEOUT', 'TIMED_OUT', 'WALL_TIMEOUT'],
    ['the CPU time', killed, 'CPU_TIMEOUT', 'TIMED_OUT', 'CPU_TIMEOUT'],
    ["the kernel's own CPU limit", { exitCode: null, signal: 'SIGXCPU' }, null, 'TIMED_OUT', 'CPU_TIMEOUT'],
    ['too much output', killed, 'OUTPUT_LIMIT', 'FAILED', 'OUTPUT_LIMIT'],
    ['too much output, and an end by itself just then', {}, 'OUTPUT_LIMIT', 'FAILED', 'OUTPUT_LIMIT'],
    ['a cancel', killed, 'CANCELLED', 'CANCELLED', 'CANCELLED'],
    [
      'a cancel of a program that was out of memory too',
      { ...killed, outOfMemory: true },
      'CANCELLED',
      'CANCELLED',
      'CANCELLED',
    ],
    ['a lost sandbox', { ...killed, lost: 'gone' }, null, 'FAILED', 'SANDBOX_LOST'],
    ['a server that stops', killed, 'SANDBOX_LOST', 'FAILED', 'SANDBOX_LOST'],
  ];
  it.each(cases)('by %s', (_title, facts, stopped, status, code) => {
    const verdict = judge({ ...clean, ...facts }, stopped, resolveLimits(null));
    expect(verdict.status).toBe(status);
    expect(verdict.failure?.code ?? null).toBe(code);
    if (verdict.failure) expect(verdict.failure.message).not.toBe('');
  });
});

describe('an interpreter that gave up', () => {
  it.each([
    ['PYTHON', { exitCode: 1 }, 'Traceback (most recent call last):\n  x\nMemoryError\n', true],
    ['PYTHON', { exitCode: 1 }, 'MemoryError: Unable to allocate 7.45 GiB\n', true],
    ['PYTHON', { exitCode: 1 }, 'MemoryError\nhandled\nValueError: x\n', false],
    ['PYTHON', { exitCode: 2 }, 'MemoryError\n', false],
    [
      'NODEJS',
      { exitCode: null, signal: 'SIGABRT' },
      '\nFATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n1: 0x',
      true,
    ],
    ['NODEJS', { exitCode: 1 }, 'FATAL ERROR: out of memory', false],
    ['BASH', { exitCode: 1 }, 'MemoryError', false],
  ] as const)('%s with %j after %j was out of memory: %s', (runtime, facts, words, expected) => {
    expect(saidOutOfMemory(runtime, { ...clean, ...facts }, words)).toBe(expected);
  });
});

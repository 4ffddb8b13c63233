import type { SandboxEnding } from '../domain/ending.js';
import type { EventBody, OutputStream, StoredEvent } from '../domain/event.js';
import type { Isolation, ResourceLimits, ResourceUsage, RuntimeId } from '../domain/execution.js';
import type { Program } from '../domain/program.js';

/** Input that may wait for a program to read it. */
export const INPUT_BUFFER_BYTES = 1024 * 1024;

/** What a rung of the ladder said when it was asked to really run something. */
export type Probe = { available: true; version: string } | { available: false; because: string };

export interface SandboxRequest {
  executionId: string;
  tenantId: string;
  program: Program;
  limits: ResourceLimits;
}

/** Bytes as the program wrote them. */
export interface OutputPiece {
  stream: OutputStream;
  bytes: Buffer;
}

/** A program that is running in a sandbox of its own. */
export interface SandboxRun {
  /** What the program writes; read slowly, it slows the program. Ends when nothing of the run can write any more. */
  readonly output: AsyncIterable<OutputPiece>;
  /**
   * Takes bytes for the program's standard input; they wait until it reads them.
   * @returns false where so much waits already that these were not taken
   * @throws when the input has ended
   */
  write(bytes: Uint8Array): boolean;
  endInput(): void;
  /** What it has used so far, by the kernel's count; null where the sandbox cannot say any more. */
  usage(): Promise<SandboxSample | null>;
  /** Ends everything in the sandbox, at once and whatever the program thinks of it. Safe to call twice. */
  kill(): void;
  /** Resolves once the program has ended, also when killed or lost; never rejects. */
  readonly ended: Promise<SandboxEnding>;
  /** Resolves once nothing of the run is left over: no process, mount, container or file. */
  readonly gone: Promise<void>;
}

export type SandboxSample = Omit<ResourceUsage, 'outputBytes'> & { refusedProcesses: number };

/** One rung of the isolation ladder. */
export interface Sandbox {
  readonly name: string;
  readonly isolation: Isolation;
  /** Really runs a program of this runtime in a sandbox; `because` says what to install. */
  probe(runtime: RuntimeId): Promise<Probe>;
  /**
   * Starts a program. Resolves when it runs.
   * @throws Error when no sandbox could be made; nothing is left over then.
   */
  start(request: SandboxRequest): Promise<SandboxRun>;
  /** Removes what an earlier process that was killed has left; called once, before anything is started. */
  sweep(): Promise<void>;
  /** Ends all runs and frees what is held. */
  close(): Promise<void>;
}

/** Whose events: an execution will do. */
export interface SpoolKey {
  id: string;
  tenantId: string;
}

/**
 * Where the events of a run are kept. One writer per execution; any number of readers, in any process that shares the
 * spool, before, during and after the run.
 */
export interface OutputSpool {
  /**
   * Stores events after those that are there, in this order; resolves with them as stored once a reader can see them.
   * A `status` event with a finished status is the last of its execution. No events at all store nothing, but throw as
   * others do.
   * @throws when the execution has its last event already, and where the store has lost events that this writer stored:
   * then it takes the last event only, behind the gap.
   */
  append(key: SpoolKey, bodies: EventBody[]): Promise<StoredEvent[]>;
  /**
   * The stored events with an offset greater than `after`, in order, in batches. Returns at the end of what is stored.
   */
  read(key: SpoolKey, after: number): AsyncIterable<StoredEvent[]>;
  /**
   * As `read`, then what comes, until the last event of the execution or until `signal` aborts. An execution that the
   * spool has never seen is waited for.
   */
  follow(key: SpoolKey, after: number, signal: AbortSignal): AsyncIterable<StoredEvent[]>;
  /** Forgets an execution. */
  remove(key: SpoolKey): Promise<void>;
  close(): Promise<void>;
}

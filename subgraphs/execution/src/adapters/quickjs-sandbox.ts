import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { SandboxEnding } from '../domain/ending.js';
import type { RuntimeId } from '../domain/execution.js';
import {
  INPUT_BUFFER_BYTES,
  type Probe,
  type Sandbox,
  type SandboxRequest,
  type SandboxRun,
  type SandboxSample,
} from '../service/ports.js';
import { MergedOutput } from './merged-output.js';
import { probeByRunning } from './probe.js';
import { ProcessTree } from './process-tree.js';

const CHILD = fileURLToPath(new URL('./quickjs-child.js', import.meta.url));
const VERSION = (createRequire(import.meta.url)('quickjs-emscripten/package.json') as { version: string }).version;
/** Enough for the interpreter around the sandbox; what the program may have is limited inside. */
const CHILD_HEAP_MIB = 256;

type Message =
  | { kind: 'started' }
  | {
      kind: 'ended';
      exitCode?: number;
      signal?: string;
      outOfMemory?: boolean;
      usage: { cpuMs: number; peakMemoryBytes: number; wallMs: number } | null;
    };

/** JavaScript in QuickJS, compiled to WebAssembly, in a process that can be killed: wherever Node.js runs. */
export class QuickJsSandbox implements Sandbox {
  readonly name = 'QuickJS in WebAssembly';
  readonly isolation = 'WASM';
  readonly #runs = new Set<SandboxRun>();

  async probe(runtime: RuntimeId): Promise<Probe> {
    if (runtime !== 'NODEJS')
      return { available: false, because: `install Docker, or on Linux bubblewrap, for ${runtime}` };
    return probeByRunning(this, runtime);
  }

  async start(request: SandboxRequest): Promise<SandboxRun> {
    const child = spawn(process.execPath, [`--max-old-space-size=${CHILD_HEAP_MIB}`, CHILD], {
      stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
      // Windows does not start a process without its own folder; nothing of ours is in it.
      env: process.platform === 'win32' ? { SystemRoot: process.env['SystemRoot'] } : {},
      cwd: tmpdir(),
      windowsHide: true,
    });
    const run = await new QuickJsRun(child, request).ready();
    this.#runs.add(run);
    void run.gone.then(() => this.#runs.delete(run));
    return run;
  }

  /** Its processes end with the process that started them. */
  async sweep(): Promise<void> {}

  async close(): Promise<void> {
    for (const run of this.#runs) run.kill();
    await Promise.all([...this.#runs].map((run) => run.gone));
  }
}

class QuickJsRun implements SandboxRun {
  readonly output = new MergedOutput();
  readonly ended: Promise<SandboxEnding>;
  readonly gone: Promise<void>;
  readonly #input: Writable;
  readonly #tree: ProcessTree | null;
  readonly #started: Promise<boolean>;
  #startedAt = performance.now();
  #cpuAtStart = 0;
  #end: Extract<Message, { kind: 'ended' }> | null = null;
  #killed = false;

  constructor(
    private readonly child: ChildProcess,
    private readonly request: SandboxRequest,
  ) {
    const [stdin, stdout, stderr] = child.stdio as unknown as [Writable, Readable, Readable];
    this.#input = stdin;
    stdin.on('error', () => {}); // the program may end before it has read everything
    this.output.add('STDOUT', stdout);
    this.output.add('STDERR', stderr);
    this.#tree =
      process.platform === 'linux' && child.pid !== undefined ? new ProcessTree(child.pid, () => {}, 100) : null;
    let begin: (started: boolean) => void = () => {};
    this.#started = new Promise((resolve) => {
      begin = resolve;
    });
    child.on('message', (message: Message) => {
      if (message.kind === 'ended') {
        this.#end = message;
        return;
      }
      this.#startedAt = performance.now();
      this.#tree?.look();
      this.#cpuAtStart = this.#tree?.sample().cpuMs ?? 0;
      begin(true);
    });
    const exited = new Promise<void>((resolve) => {
      child.once('error', () => resolve());
      child.once('exit', () => resolve());
    });
    // The last message comes before the channel closes, which may be after the exit.
    const told = new Promise<void>((resolve) => {
      child.once('error', () => resolve());
      child.once('disconnect', resolve);
    });
    this.ended = Promise.all([exited, told]).then(() => {
      begin(false);
      this.#tree?.stop();
      this.#input.destroy();
      return this.#ending();
    });
    this.gone = this.ended.then(() => {});
  }

  async ready(): Promise<SandboxRun> {
    const { program, limits } = this.request;
    const files = Object.fromEntries(program.files.map((file) => [file.path, Buffer.from(file.content).toString()]));
    const env = Object.fromEntries(program.env.map(({ name, value }) => [name, value]));
    const { entrypoint, args, stdin } = program;
    this.child.send({ files, entrypoint, args, env, version: VERSION, limits }, () => {}); // an exit tells of failure
    if (stdin !== null) this.#input.end(stdin);
    if (await this.#started) return this;
    let printed = '';
    for await (const { bytes } of this.output) printed += bytes.toString();
    throw new Error(printed.trim().slice(0, 500) || 'The process of QuickJS did not start');
  }

  #sample(): SandboxSample {
    const sample = this.#tree?.sample() ?? { cpuMs: 0, peakMemoryBytes: 0, processesPeak: 1, refusedProcesses: 0 };
    const cpuMs = Math.max(0, sample.cpuMs - this.#cpuAtStart);
    return { ...sample, cpuMs, processesPeak: 1, wallMs: performance.now() - this.#startedAt };
  }

  #ending(): SandboxEnding {
    const end = this.#end;
    const sample = this.#sample();
    // V8 ends the process itself when even the interpreter's own heap is at its end.
    const aborted = !end && !this.#killed && (this.child.signalCode === 'SIGABRT' || this.child.exitCode === 134);
    return {
      exitCode: end?.signal === undefined ? (end?.exitCode ?? null) : null,
      signal: end?.signal ?? null,
      outOfMemory: end?.outOfMemory ?? aborted,
      refusedProcesses: 0,
      diskFull: false,
      lost: end ? null : 'The process of QuickJS ended without its program having ended',
      usage: {
        wallMs: end?.usage?.wallMs ?? sample.wallMs,
        cpuMs: end?.usage?.cpuMs ?? sample.cpuMs,
        peakMemoryBytes: end?.usage?.peakMemoryBytes ?? sample.peakMemoryBytes,
        processesPeak: 1,
      },
    };
  }

  write(bytes: Uint8Array): boolean {
    if (this.#input.writableEnded || this.#input.destroyed) throw new Error('The standard input has ended');
    if (this.#input.writableLength > INPUT_BUFFER_BYTES) return false;
    this.#input.write(bytes);
    return true;
  }

  endInput(): void {
    this.#input.end();
  }

  async usage(): Promise<SandboxSample | null> {
    this.#tree?.look();
    return this.#sample();
  }

  kill(): void {
    this.#killed = true;
    this.child.kill('SIGKILL');
  }
}

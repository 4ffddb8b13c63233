import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import type { SandboxEnding } from '../domain/ending.js';
import { INPUT_BUFFER_BYTES, type SandboxRequest, type SandboxRun, type SandboxSample } from '../service/ports.js';
import { type Cgroup, cgroupOfProcess } from './cgroup.js';
import { ControlFilter } from './control-filter.js';
import { MergedOutput } from './merged-output.js';
import { SupervisorReport } from './supervisor.js';

const HEADER_BYTES = 8;
/** How long an ended container's last output or the daemon's answer about it may take, before it is given up. */
const DRAIN_MS = 5_000;

/** @throws Error where the daemon says nothing: its client would wait for ever for an answer that was cut off */
function answer<T>(asked: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the daemon does not answer')), DRAIN_MS);
  });
  return Promise.race([asked, silence]).finally(() => clearTimeout(timer));
}

type Sample = Omit<SandboxSample, 'wallMs'>;
const NOTHING: Sample = { cpuMs: 0, peakMemoryBytes: 0, processesPeak: null, refusedProcesses: 0 };

/** A program in a container of its own. The container is removed when its program has ended. */
export class DockerRun implements SandboxRun {
  readonly output = new MergedOutput();
  readonly ended: Promise<SandboxEnding>;
  readonly gone: Promise<void>;
  readonly #report = new SupervisorReport();
  readonly #filter: ControlFilter;
  readonly #started: Promise<boolean>;
  #begin: (started: boolean) => void = () => {};
  #startedAt = performance.now();
  #cgroup: Cgroup | null = null;
  #cpuAtStart = 0;
  #sample: Sample = NOTHING;
  #killed = false;
  #frames: Buffer[] = [];
  #framesBytes = 0;

  constructor(
    private readonly container: Docker.Container,
    private readonly stream: Duplex,
    /** Must have been asked for before the container was started. */
    exit: Promise<unknown>,
    prefix: string,
    private readonly request: SandboxRequest,
  ) {
    this.#started = new Promise((resolve) => {
      this.#begin = resolve;
    });
    this.#filter = new ControlFilter(prefix, (line) => {
      this.#report.line(line);
      if (line === 'started') this.#begin(true);
    });
    const drained = new Promise<void>((resolve) => {
      stream.once('end', resolve).once('close', resolve).once('error', resolve);
    });
    this.output.addSource(stream, (bytes) => this.#take(bytes));
    this.ended = this.#end(exit, drained);
    this.gone = this.ended.then(() => this.#remove());
    this.gone.catch(() => {}); // told to whoever awaits it
  }

  /** @throws Error with what the container printed, when there is no running program at the end of it */
  async ready(files: Buffer): Promise<SandboxRun> {
    const { stdin } = this.request.program;
    this.stream.write(files);
    if (stdin !== null) this.stream.end(stdin);
    const started = this.container.start();
    started.catch(() => this.#begin(false));
    void this.ended.then(() => this.#begin(false));
    try {
      await started;
      if (await this.#started) {
        this.#startedAt = performance.now();
        await this.#findCgroup();
        return this;
      }
    } catch (error) {
      this.stream.destroy();
      await this.#remove();
      throw error;
    }
    let printed = '';
    for await (const { bytes } of this.output) printed += bytes.toString();
    await this.gone;
    throw new Error(
      (this.#report.failed ?? printed.trim().slice(0, 500)) || 'The container ended before its program began',
    );
  }

  /** Where the daemon is on this host, the kernel's counts can be read without asking it. */
  async #findCgroup(): Promise<void> {
    const { State } = await this.container.inspect().catch(() => ({ State: { Pid: 0 } }));
    this.#cgroup = State.Pid > 0 ? cgroupOfProcess(State.Pid) : null;
    this.#look();
    this.#cpuAtStart = Math.min(this.#sample.cpuMs, 50); // making the sandbox; the program may have begun to compute
  }

  #look(): void {
    const sample = this.#cgroup?.sample();
    if (sample && sample.peakMemoryBytes > 0) this.#sample = sample;
  }

  /** Docker's attach protocol: a type byte, three zeros, the length, then so many bytes. */
  #take(bytes: Buffer): void {
    this.#frames.push(bytes);
    this.#framesBytes += bytes.byteLength;
    if (this.#framesBytes < HEADER_BYTES) return;
    let buffer = this.#frames.length === 1 ? bytes : Buffer.concat(this.#frames);
    while (buffer.byteLength >= HEADER_BYTES) {
      const size = buffer.readUInt32BE(4);
      if (buffer.byteLength < HEADER_BYTES + size) break;
      const body = buffer.subarray(HEADER_BYTES, HEADER_BYTES + size);
      if (buffer[0] === 1) this.output.push({ stream: 'STDOUT', bytes: body });
      else this.#error(this.#filter.push(body));
      buffer = buffer.subarray(HEADER_BYTES + size);
    }
    this.#frames = buffer.byteLength > 0 ? [buffer] : [];
    this.#framesBytes = buffer.byteLength;
  }

  #error(bytes: Buffer): void {
    if (bytes.byteLength > 0) this.output.push({ stream: 'STDERR', bytes });
  }

  async #end(exit: Promise<unknown>, drained: Promise<void>): Promise<SandboxEnding> {
    let lost = 'The container ended without its program having ended';
    let outOfMemory = false;
    try {
      // Process 1 holds the stream open to its end: a stream that ends without an exit has lost its daemon.
      await Promise.race([exit, drained.then(() => answer(exit))]);
      outOfMemory = (await answer(this.container.inspect())).State.OOMKilled;
    } catch (error) {
      lost = `The Docker daemon or the container was lost: ${(error as Error).message}`;
    }
    // Back-pressure may hold the last output up for as long as its reader likes; only silence is cut off.
    const timer = setTimeout(() => this.stream.readableFlowing !== false && this.stream.destroy(), DRAIN_MS);
    await drained;
    clearTimeout(timer);
    this.#error(this.#filter.end());
    const sample = this.#current();
    const ending = this.#report.ending(sample, this.#killed ? 'The container was ended' : lost);
    return {
      ...ending,
      outOfMemory: ending.outOfMemory || outOfMemory,
      refusedProcesses: Math.max(ending.refusedProcesses, sample.refusedProcesses),
    };
  }

  async #remove(): Promise<void> {
    try {
      await answer(this.container.remove({ force: true, v: true }));
    } catch (error) {
      const { statusCode } = error as { statusCode?: number };
      if (statusCode !== 404 && statusCode !== 409) throw error; // gone, or being removed
    }
  }

  #current(): SandboxSample {
    const { cpuMs, processesPeak } = this.#sample;
    return {
      ...this.#sample,
      cpuMs: Math.max(0, cpuMs - this.#cpuAtStart),
      processesPeak: processesPeak === null ? null : Math.max(1, processesPeak - 1),
      wallMs: performance.now() - this.#startedAt,
    };
  }

  write(bytes: Uint8Array): boolean {
    if (this.stream.writableEnded || this.stream.destroyed) throw new Error('The standard input has ended');
    if (this.stream.writableLength > INPUT_BUFFER_BYTES) return false;
    this.stream.write(bytes);
    return true;
  }

  endInput(): void {
    this.stream.end();
  }

  async usage(): Promise<SandboxSample | null> {
    if (this.#cgroup) this.#look();
    else await this.#ask();
    return this.#current();
  }

  async #ask(): Promise<void> {
    const stats = await this.container.stats({ stream: false, 'one-shot': true }).catch(() => null);
    const memory = stats?.memory_stats?.max_usage ?? stats?.memory_stats?.usage ?? 0;
    const processes = stats?.pids_stats?.current ?? null;
    const before = this.#sample;
    this.#sample = {
      cpuMs: Math.max(before.cpuMs, (stats?.cpu_stats?.cpu_usage?.total_usage ?? 0) / 1e6),
      peakMemoryBytes: Math.max(before.peakMemoryBytes, memory),
      processesPeak: processes === null ? before.processesPeak : Math.max(before.processesPeak ?? 0, processes),
      refusedProcesses: 0,
    };
  }

  kill(): void {
    if (this.#killed) return;
    this.#killed = true;
    this.#look(); // the counts end with the container
    this.container.kill().catch(() => {}); // it has ended already, or the daemon is gone: `ended` tells which
  }
}

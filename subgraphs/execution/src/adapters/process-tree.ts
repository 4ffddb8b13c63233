import { readFileSync } from 'node:fs';
import type { SandboxSample } from '../service/ports.js';

const TICK_MS = 10; // USER_HZ is 100 on every Linux that Node.js runs on
const PAGE_BYTES = 4096;

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // the process has ended
  }
}

/**
 * What a process and its descendants use, read from /proc: for hosts that give us no control group. It sees what is
 * there when it looks, so a short peak between two looks is missed.
 */
export class ProcessTree {
  #peakMemoryBytes = 0;
  #peakProcesses = 0;
  #cpuMs = 0;
  readonly #timer: NodeJS.Timeout;

  /** @param onMemory told the memory in use at every look */
  constructor(
    private readonly root: number,
    onMemory: (bytes: number) => void,
    everyMs = 25,
  ) {
    this.#timer = setInterval(() => onMemory(this.look()), everyMs);
    this.#timer.unref();
  }

  look(): number {
    let memory = 0;
    let cpuTicks = 0;
    let processes = 0;
    const waiting = [this.root];
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      const stat = read(`/proc/${id}/stat`);
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (fields.length < 22) continue;
      processes += 1;
      // user, system, and both again of children that have been waited for
      for (const index of [11, 12, 13, 14]) cpuTicks += Number(fields[index]);
      memory += Number(fields[21]) * PAGE_BYTES;
      for (const child of read(`/proc/${id}/task/${id}/children`).split(' ')) if (child) waiting.push(Number(child));
    }
    this.#peakMemoryBytes = Math.max(this.#peakMemoryBytes, memory);
    this.#peakProcesses = Math.max(this.#peakProcesses, processes);
    this.#cpuMs = Math.max(this.#cpuMs, cpuTicks * TICK_MS);
    return memory;
  }

  sample(): Omit<SandboxSample, 'wallMs'> {
    return {
      cpuMs: this.#cpuMs,
      peakMemoryBytes: this.#peakMemoryBytes,
      processesPeak: this.#peakProcesses,
      refusedProcesses: 0,
    };
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

import { availableParallelism, totalmem } from 'node:os';
import type { Isolation, RuntimeId } from '../domain/execution.js';
import type { Ladder } from './ladder.js';
import type { Runner } from './runner.js';

export interface RuntimeInfo {
  id: RuntimeId;
  version: string;
  isolation: Isolation;
  available: boolean;
  unavailableBecause: string | null;
  warmSandboxes: number;
}

/** What can be run here, by what, and how much of the host is taken. */
export class RuntimeService {
  constructor(
    private readonly ladder: Ladder,
    private readonly runner: Runner,
  ) {}

  async runtimes(): Promise<RuntimeInfo[]> {
    const rungs = await this.ladder.rungs();
    return [...rungs].map(([id, rung]) => ({
      id,
      version: rung.available ? rung.version : '',
      isolation: rung.available ? rung.sandbox.isolation : rung.isolation,
      available: rung.available,
      unavailableBecause: rung.available ? null : rung.because,
      warmSandboxes: 0,
    }));
  }

  resources() {
    return {
      cpusTotal: availableParallelism(),
      memoryBytesTotal: totalmem(),
      ...this.runner.numbers(),
      warm: 0,
    };
  }
}

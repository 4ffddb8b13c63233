import { badInput } from '@agentos/kernel';
import type { ResourceLimits } from './execution.js';

const MiB = 1024 * 1024;

interface Range {
  min: number;
  max: number;
  default: number;
  whole: boolean;
}

/** What may be asked for, and what holds where nothing was asked. */
export const LIMIT_RANGES: Record<keyof ResourceLimits, Range> = {
  wallMs: { min: 1, max: 3_600_000, default: 60_000, whole: true }, // at most an hour, a minute by default
  cpuMs: { min: 1, max: 3_600_000, default: 60_000, whole: true },
  memoryBytes: { min: 16 * MiB, max: 64 * 1024 * MiB, default: 512 * MiB, whole: true },
  processes: { min: 1, max: 4096, default: 64, whole: true },
  diskBytes: { min: 64 * 1024, max: 16 * 1024 * MiB, default: 128 * MiB, whole: true },
  outputBytes: { min: 1, max: 4096 * MiB, default: 16 * MiB, whole: true },
  cpus: { min: 0.1, max: 64, default: 1, whole: false },
};

export type LimitsInput = { [K in keyof ResourceLimits]?: number | null | undefined };

/**
 * Completes what was asked with the defaults.
 * @throws BAD_USER_INPUT naming the limit that is out of its range.
 */
export function resolveLimits(input: LimitsInput | null | undefined, field = 'input.limits'): ResourceLimits {
  const limit = (name: keyof ResourceLimits): number => {
    const range = LIMIT_RANGES[name];
    const asked = input?.[name];
    if (asked === undefined || asked === null) return range.default;
    const wrongKind = !Number.isFinite(asked) || (range.whole && !Number.isSafeInteger(asked));
    if (wrongKind || asked < range.min || asked > range.max) {
      const kind = range.whole ? 'a whole number' : 'a number';
      throw badInput(`${name} must be ${kind} from ${range.min} to ${range.max}`, `${field}.${name}`);
    }
    return asked;
  };
  return {
    wallMs: limit('wallMs'),
    cpuMs: limit('cpuMs'),
    memoryBytes: limit('memoryBytes'),
    processes: limit('processes'),
    diskBytes: limit('diskBytes'),
    outputBytes: limit('outputBytes'),
    cpus: limit('cpus'),
  };
}

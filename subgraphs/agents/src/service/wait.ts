import { setTimeout as delay } from 'node:timers/promises';
import type { RequestContext } from '@agentos/kernel';
import { type Bus, LaggedError } from '@agentos/platform';

export interface Wait {
  /** Its events of this type are worth another try. */
  readonly topic: string;
  readonly type: string;
  readonly waitMs: number;
  /** Tries at least this often: time makes leases end without an event. */
  readonly pollMs: number;
}

/**
 * Tries until something comes of it; null once `waitMs` have passed or the client has gone. Each try is on its own:
 * between them nothing is held, no transaction above all.
 */
export async function tryUntil<T>(
  bus: Bus,
  ctx: RequestContext,
  wait: Wait,
  attempt: () => Promise<T | null>,
): Promise<T | null> {
  const first = await attempt();
  if (first !== null || wait.waitMs === 0) return first;
  const until = performance.now() + wait.waitMs;
  const stop = new AbortController();
  const signal = AbortSignal.any([ctx.signal, stop.signal]);
  let ring = () => {};
  const listening = listen(bus, ctx.tenantId, wait, signal, () => ring());
  try {
    for (;;) {
      // The bell is hung up before the try: what happens during it rings too.
      const rung = new Promise<void>((resolve) => {
        ring = resolve;
      });
      const result = await attempt();
      const remaining = until - performance.now();
      if (result !== null || remaining <= 0 || signal.aborted) return result;
      await Promise.race([rung, delay(Math.min(remaining, wait.pollMs), undefined, { signal }).catch(() => {})]);
    }
  } finally {
    stop.abort();
    await listening;
  }
}

async function listen(
  bus: Bus,
  tenantId: string,
  { topic, type }: Wait,
  signal: AbortSignal,
  ring: () => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const event of bus.subscribe(topic, { tenantId, signal })) if (event.type === type) ring();
      return; // the bus is closing; the polls go on until the time is over
    } catch (error) {
      if (!(error instanceof LaggedError)) return;
      ring();
    }
  }
}

import type { ServerResponse } from 'node:http';
import { respondJson } from '../http/respond.js';

export interface Part {
  readonly name: string;
  /** Rejects where the part does not answer. */
  check(): Promise<void>;
}

const checkTimeoutMs = 2_000; // 2 seconds

/** 200 when every part answers, else 503; with the list of the parts either way. */
export async function respondReadiness(
  response: ServerResponse,
  parts: readonly Part[],
  draining: boolean,
): Promise<void> {
  const states = await Promise.all(
    parts.map(async (part) => {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error('no answer in time')), checkTimeoutMs);
      });
      try {
        await Promise.race([part.check(), late]);
        return { name: part.name, ready: true };
      } catch {
        return { name: part.name, ready: false };
      } finally {
        clearTimeout(timer);
      }
    }),
  );
  if (draining) states.push({ name: 'server', ready: false });
  const ready = states.every((state) => state.ready);
  respondJson(response, ready ? 200 : 503, { ready, parts: states });
}

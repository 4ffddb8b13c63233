import { backoffMs, sleep } from './backoff.js';
import { AgentOSError, ConnectionLostError, SlowReaderError } from './errors.js';

/**
 * Reads a stream to its end across as many connections as it takes.
 * @param open the stream from where it stands, after all that was yielded
 * @throws AgentOSError that no new connection would mend, or the last one when there was none for `reconnectForMs`
 */
export async function* resumed<T>(
  open: () => AsyncIterable<T>,
  { reconnectForMs, signal }: { reconnectForMs: number; signal: AbortSignal },
): AsyncGenerator<T> {
  let failures = 0;
  let failingSince: number | undefined;
  for (;;) {
    try {
      for await (const event of open()) {
        failures = 0;
        failingSince = undefined;
        yield event;
      }
      return;
    } catch (error) {
      signal.throwIfAborted();
      // The reader has caught up by now: what it left waits on the server.
      if (error instanceof SlowReaderError) continue;
      if (!(error instanceof AgentOSError) || !error.retryable) throw error;
      if (error instanceof ConnectionLostError && error.established) failingSince = undefined;
      failingSince ??= performance.now();
      if (performance.now() - failingSince > reconnectForMs) throw error;
      await sleep((error.retryAfterMs ?? 0) + backoffMs(failures), signal);
      failures += 1;
    }
  }
}

import { timeout, unavailable } from '@agentos/kernel';
import type { Dispatcher } from 'undici';
import { abortError } from './errors.js';

export interface Post {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  /** For all of it, from now to the last byte. */
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  readonly signal: AbortSignal | undefined;
}

export interface Posted {
  readonly status: number;
  readonly body: string;
}

/**
 * Posts a body and reads the answer whole. It uses undici's `dispatch` itself, since the streams that `request` builds around it cost
 * more than the rest of a small exchange.
 *
 * @throws AgentOSError TIMEOUT, or UNAVAILABLE for an answer that is too long; undici's own errors for lost connections
 */
export function post(
  dispatcher: Dispatcher,
  { path, headers, body, timeoutMs, maxResponseBytes, signal }: Post,
): Promise<Posted> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let settled = false;
    let status = 0;
    let bytes = 0;
    const chunks: Buffer[] = [];

    const settle = () => {
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (error: Error) => {
      settle();
      reject(error);
      controller?.abort(error);
    };
    const onAbort = () => fail(abortError(signal?.reason));
    const timer = setTimeout(() => fail(timeout('A subgraph did not answer in time.')), timeoutMs);
    if (signal?.aborted) return onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });

    dispatcher.dispatch(
      // The timer above covers all of it, so undici's own are off.
      { path, method: 'POST', headers, body, headersTimeout: 0, bodyTimeout: 0 },
      {
        onRequestStart(started) {
          controller = started;
          // It waited for a free connection longer than anybody waited for it.
          if (settled) started.abort(new Error('Nobody waits for the answer any more.'));
        },
        onResponseStart(_controller, statusCode) {
          status = statusCode;
        },
        onResponseData(_controller, chunk) {
          bytes += chunk.length;
          if (bytes > maxResponseBytes) fail(unavailable(`A subgraph answered more than ${maxResponseBytes} bytes.`));
          else chunks.push(chunk);
        },
        onResponseEnd() {
          settle();
          resolve({
            status,
            body: chunks.length === 1 ? chunks[0]!.toString('utf8') : Buffer.concat(chunks).toString('utf8'),
          });
        },
        onResponseError(_controller, error) {
          settle();
          reject(error);
        },
      },
    );
  });
}

import { backoffMs, sleep } from './backoff.js';
import { AgentOSError, clientClosed, errorOfAnswer, type GraphQLErrorBody } from './errors.js';
import { LinkedAbort } from './linked-abort.js';
import type { ChangeOptions, Settings } from './options.js';

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly GraphQLErrorBody[];
}

/** A wait that the server asks for is kept up to here; a longer one is the caller's to decide. */
const longestRetryAfterMs = 30_000; // 30 seconds

/** Queries and mutations by POST, tried again while that is safe and may help. */
export class HttpTransport {
  readonly #closed = new AbortController();

  constructor(private readonly settings: Settings) {}

  /**
   * Each call has an idempotency key, so that a retry after a lost answer gets that answer and does nothing twice.
   * @throws AgentOSError, or the signal's reason where it was aborted
   */
  async request(query: string, variables: unknown, options: ChangeOptions = {}): Promise<unknown> {
    const link = new LinkedAbort(options.signal, this.#closed.signal);
    const body = JSON.stringify({ query, variables });
    const idempotencyKey = options.idempotencyKey ?? randomKey();
    try {
      for (let attempt = 0; ; attempt += 1) {
        try {
          return await this.#attempt(body, idempotencyKey, options.timeoutMs ?? this.settings.timeoutMs, link.signal);
        } catch (error) {
          if (link.signal.aborted) throw link.signal.reason;
          if (!(error instanceof AgentOSError) || !error.retryable || attempt >= this.settings.retries) throw error;
          const { retryAfterMs = 0 } = error;
          if (retryAfterMs > longestRetryAfterMs) throw error;
          await sleep(retryAfterMs + backoffMs(attempt), link.signal);
        }
      }
    } finally {
      link.letGo();
    }
  }

  close(): void {
    this.#closed.abort(clientClosed());
  }

  async #attempt(body: string, idempotencyKey: string, timeoutMs: number, signal: AbortSignal): Promise<unknown> {
    const link = new LinkedAbort(signal);
    const late = new AgentOSError('TIMEOUT', `No answer came within ${timeoutMs} ms; pass a larger timeoutMs.`);
    const timer = setTimeout(() => link.abort(late), timeoutMs);
    try {
      const authorization = await this.settings.authorization();
      const response = await this.settings.fetch(this.settings.httpUrl, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/graphql-response+json, application/json',
          'idempotency-key': idempotencyKey,
          ...(authorization === undefined ? {} : { authorization }),
        },
        body,
        signal: link.signal,
      });
      return dataOf(response, await response.text());
    } catch (error) {
      if (link.signal.aborted) throw link.signal.reason;
      if (error instanceof AgentOSError) throw error;
      throw new AgentOSError('UNAVAILABLE', `${this.settings.httpUrl} could not be reached: ${reasonOf(error)}.`, {
        cause: error,
      });
    } finally {
      clearTimeout(timer);
      link.letGo();
    }
  }
}

/** @throws AgentOSError where the answer is an error, or no GraphQL answer at all */
function dataOf(response: Response, text: string): unknown {
  const answer = parse(text);
  if (answer?.errors !== undefined && answer.errors.length > 0) throw errorOfAnswer(answer.errors, answer.data);
  if (answer?.data !== undefined && answer.data !== null) return answer.data;
  // What stands between us and the server answers in its own words.
  const passing = response.status === 429 || (response.status >= 502 && response.status <= 504);
  throw new AgentOSError(
    passing ? 'UNAVAILABLE' : 'INTERNAL_SERVER_ERROR',
    `The answer (HTTP ${response.status}) is not one of AgentOS; check the url.`,
    { retryAfterMs: retryAfterMs(response) },
  );
}

function parse(text: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function retryAfterMs(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds * 1000 : undefined;
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as { cause?: { code?: string; message?: string }; message?: string };
  return cause?.code ?? cause?.message ?? message ?? String(error);
}

/** 128 random bits. Not `randomUUID`, which browsers keep from pages without TLS. */
function randomKey(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

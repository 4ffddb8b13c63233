import { AgentOSError } from './errors.js';

/** How to reach the server, and how patient to be with it. */
export interface AgentOSOptions {
  /** Where the server is; `/graphql` is added where it is missing. @default 'http://127.0.0.1:4000' */
  url?: string | undefined;
  /** An API key or a token, or a function that gives the one that is valid now: it is asked for each request. */
  apiKey?: string | (() => string | Promise<string>) | undefined;
  /** @default globalThis.fetch */
  fetch?: typeof fetch | undefined;
  /** A WebSocket class. @default globalThis.WebSocket, or the package `ws` in Node.js before 22 */
  webSocket?: unknown;
  /** How long one attempt of a call may take. @default 30_000 // 30 seconds */
  timeoutMs?: number | undefined;
  /** How often a call is tried again after a failure that may pass; 0 for never. @default 5 */
  retries?: number | undefined;
  /** How long a stream whose connection was cut tries to come back before it gives up. @default 120_000 // 2 minutes */
  reconnectForMs?: number | undefined;
}

/** What every call takes. */
export interface CallOptions {
  /** Ends the waiting; a change that the server has begun is not undone by it. */
  signal?: AbortSignal | undefined;
  /** How long one attempt may take. @default the client's */
  timeoutMs?: number | undefined;
}

/** What every change takes. */
export interface ChangeOptions extends CallOptions {
  /**
   * The server does the change once for a key, however often it is asked, for a day. Give one of your own to be safe
   * across restarts of your program as well. @default a new random key for each call, the same for its retries
   */
  idempotencyKey?: string | undefined;
}

/** The options, checked and complete. */
export interface Settings {
  readonly httpUrl: string;
  readonly webSocketUrl: string;
  readonly authorization: () => Promise<string | undefined>;
  readonly fetch: typeof fetch;
  readonly webSocket: unknown;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly reconnectForMs: number;
}

/** @throws AgentOSError BAD_USER_INPUT with the option at fault in `field` */
export function settingsOf(options: AgentOSOptions): Settings {
  const http = endpoint(options.url ?? 'http://127.0.0.1:4000');
  const webSocket = new URL(http);
  webSocket.protocol = http.protocol === 'https:' ? 'wss:' : 'ws:';
  const { apiKey } = options;
  return {
    httpUrl: http.href,
    webSocketUrl: webSocket.href,
    authorization: async () => {
      const key = typeof apiKey === 'function' ? await keyFrom(apiKey) : apiKey;
      return key === undefined ? undefined : `Bearer ${key}`;
    },
    // Called as a function of its own: some implementations refuse any other `this`.
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    webSocket: options.webSocket,
    timeoutMs: number('timeoutMs', options.timeoutMs ?? 30_000, 1),
    retries: number('retries', options.retries ?? 5, 0),
    reconnectForMs: number('reconnectForMs', options.reconnectForMs ?? 120_000, 0),
  };
}

async function keyFrom(apiKey: () => string | Promise<string>): Promise<string> {
  try {
    return await apiKey();
  } catch (cause) {
    throw new AgentOSError('UNAUTHENTICATED', 'The function given as apiKey failed; its error is the cause.', {
      cause,
    });
  }
}

function endpoint(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new AgentOSError('BAD_USER_INPUT', `url must be an http or https address, not ${JSON.stringify(text)}.`, {
      field: 'url',
    });
  }
  if (!url.pathname.endsWith('/graphql')) url.pathname = `${url.pathname.replace(/\/$/, '')}/graphql`;
  return url;
}

function number(field: string, value: number, least: number): number {
  if (value >= least && value <= 2 ** 31 - 1) return value;
  throw new AgentOSError('BAD_USER_INPUT', `${field} must be ${least} to ${2 ** 31 - 1}, not ${value}.`, { field });
}

import { type AgentOSError, clientClosed, errorOfAnswer, SlowReaderError } from './errors.js';
import { LinkedAbort } from './linked-abort.js';
import type { Settings } from './options.js';
import { type Sink, SocketConnection } from './socket-connection.js';
import { webSocketImplementation } from './web-socket-implementation.js';

/** A server takes a hundred on one connection. */
const streamsPerConnection = 64;
/** How many events may wait to be read before the stream is given up, to be resumed when they have been. */
const mostWaiting = 1024;

/** Subscriptions over WebSockets, as async iterables. */
export class SocketTransport {
  readonly #connections = new Set<SocketConnection>();
  readonly #closed = new AbortController();

  constructor(private readonly settings: Settings) {}

  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /**
   * The `data` of each answer. Ends when the server ends the stream; leaving the loop unsubscribes.
   * @throws AgentOSError; ConnectionLostError and SlowReaderError where the stream could go on after the last event.
   *   The signal's reason where it was aborted.
   */
  async *stream(query: string, variables: Record<string, unknown>, signal?: AbortSignal): AsyncGenerator<unknown> {
    const link = new LinkedAbort(signal, this.#closed.signal);
    const waiting: unknown[] = [];
    let ending: { error?: unknown } | undefined;
    let wake = () => {};
    const end = (how: { error?: unknown }) => {
      ending ??= how;
      wake();
    };
    const sink: Sink = {
      next: ({ data, errors }) => {
        if (ending !== undefined) return;
        if (errors !== undefined && errors.length > 0) {
          end({ error: errorOfAnswer(errors, data) });
        } else if (waiting.length >= mostWaiting) {
          unsubscribe();
          end({ error: new SlowReaderError(waiting.length) });
        } else {
          waiting.push(data);
          wake();
        }
      },
      complete: () => end({}),
      fail: (error: AgentOSError) => end({ error }),
    };
    let unsubscribe = () => {};
    const abort = () => {
      waiting.length = 0;
      end({ error: link.signal.reason });
    };
    link.signal.addEventListener('abort', abort, { once: true });
    try {
      const webSocket = await webSocketImplementation(this.settings);
      link.signal.throwIfAborted();
      unsubscribe = this.#connection(webSocket).subscribe(query, variables, sink);
      for (;;) {
        while (waiting.length > 0) yield waiting.shift();
        if (ending !== undefined) {
          if ('error' in ending) throw ending.error;
          return;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      link.signal.removeEventListener('abort', abort);
      link.letGo();
      unsubscribe();
    }
  }

  close(): void {
    const error = clientClosed();
    this.#closed.abort(error);
    for (const connection of [...this.#connections]) connection.close(error);
  }

  #connection(webSocket: unknown): SocketConnection {
    for (const connection of this.#connections) if (connection.streams < streamsPerConnection) return connection;
    const connection: SocketConnection = new SocketConnection(this.settings, webSocket, () =>
      this.#connections.delete(connection),
    );
    this.#connections.add(connection);
    return connection;
  }
}

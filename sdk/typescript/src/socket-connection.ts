import { type Client, createClient } from 'graphql-ws/client';
import { AgentOSError, ConnectionLostError, clientClosed, errorOfAnswer, type GraphQLErrorBody } from './errors.js';
import type { Settings } from './options.js';

const connectWithinMs = 15_000; // 15 seconds
const pingAfterMs = 10_000; // 10 seconds of nothing to hear
const answerWithinMs = 10_000; // 10 seconds
const keepOpenMs = 1_000; // 1 second: a program that runs one thing after another needs no new connection for each

/** What a stream is told: any number of answers, then one of the other two. */
export interface Sink {
  next(answer: { data?: unknown; errors?: readonly GraphQLErrorBody[] }): void;
  complete(): void;
  fail(error: AgentOSError): void;
}

/**
 * One WebSocket, from its opening to its end. It never reconnects: graphql-ws would subscribe again with the old
 * variables, and only the stream knows where to go on. When it is cut, all its streams fail; when it has had none for
 * a while, it closes.
 */
export class SocketConnection {
  readonly #client: Client;
  readonly #sinks = new Set<Sink>();
  #established = false;
  #ended = false;
  #watchdog: ReturnType<typeof setTimeout> | undefined;
  #idle: ReturnType<typeof setTimeout> | undefined;

  /** @param onEnd called once, when it takes no more streams */
  constructor(
    settings: Settings,
    webSocket: unknown,
    private readonly onEnd: () => void,
  ) {
    this.#client = createClient({
      url: settings.webSocketUrl,
      webSocketImpl: webSocket,
      connectionParams: async () => {
        const authorization = await settings.authorization();
        return authorization === undefined ? {} : { authorization };
      },
      lazy: false,
      retryAttempts: 0,
      onNonLazyError: () => {}, // the listeners below have told it
      keepAlive: pingAfterMs,
      on: {
        connecting: () => this.#expectWithin(connectWithinMs),
        connected: () => {
          this.#established = true;
          this.#relax();
        },
        // A peer that went away without a word is noticed by its silence.
        ping: (received) => (received ? undefined : this.#expectWithin(answerWithinMs)),
        message: () => (this.#established ? this.#relax() : undefined),
        // These come before the listeners of graphql-ws, which then finds itself disposed of and does not reconnect.
        closed: (event) => this.#end(this.#errorOf(event)),
        error: (error) => this.#end(this.#errorOf(error)),
      },
    });
  }

  get streams(): number {
    return this.#sinks.size;
  }

  /** @returns a function that ends the stream; the sink hears nothing more */
  subscribe(query: string, variables: Record<string, unknown>, sink: Sink): () => void {
    clearTimeout(this.#idle);
    this.#sinks.add(sink);
    const dispose = this.#client.subscribe(
      { query, variables },
      {
        next: (answer) => {
          if (this.#sinks.has(sink)) sink.next(answer as Parameters<Sink['next']>[0]);
        },
        complete: () => {
          if (this.#leave(sink)) sink.complete();
        },
        error: (error) => {
          if (this.#leave(sink)) sink.fail(this.#errorOf(error));
        },
      },
    );
    return () => {
      this.#leave(sink);
      dispose();
    };
  }

  /** Ends all streams with `error`, and the connection. */
  close(error: AgentOSError): void {
    this.#end(error);
    // `dispose` waits for a connection that is still being made, which may never come to be.
    if (!this.#established) this.#client.terminate();
  }

  #end(error: AgentOSError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.onEnd();
    this.#relax();
    clearTimeout(this.#idle);
    // Rejects where the connection never came to be, and then there is nothing to close.
    Promise.resolve(this.#client.dispose()).catch(() => {});
    for (const sink of this.#sinks) sink.fail(error);
    this.#sinks.clear();
  }

  /** @returns whether it was still here */
  #leave(sink: Sink): boolean {
    if (!this.#sinks.delete(sink)) return false;
    if (this.#sinks.size === 0 && !this.#ended) this.#idle = setTimeout(() => this.close(clientClosed()), keepOpenMs);
    return true;
  }

  #expectWithin(ms: number): void {
    this.#relax();
    this.#watchdog = setTimeout(() => this.#client.terminate(), ms);
  }

  #relax(): void {
    clearTimeout(this.#watchdog);
  }

  #errorOf(reason: unknown): AgentOSError {
    if (reason instanceof AgentOSError) return reason;
    if (Array.isArray(reason)) return errorOfAnswer(reason as GraphQLErrorBody[]);
    const { code, reason: words, message } = (reason ?? {}) as { code?: unknown; reason?: string; message?: string };
    if (code === 4401 || code === 4403) {
      return new AgentOSError('UNAUTHENTICATED', 'The server does not take the API key.', { cause: reason });
    }
    if (code === 4400 || code === 4406) {
      return new AgentOSError('INTERNAL_SERVER_ERROR', `The server did not understand the client: ${words || code}.`, {
        cause: reason,
      });
    }
    const why = words || message || (typeof code === 'number' ? `code ${code}` : 'no reason given');
    return new ConnectionLostError(`The connection was lost: ${why}.`, this.#established, reason);
  }
}

import { HttpTransport } from './http-transport.js';
import { LinkedAbort } from './linked-abort.js';
import type { CallOptions, ChangeOptions, Settings } from './options.js';
import { resumed } from './resume.js';
import { SocketTransport } from './socket-transport.js';
import type { TypedDocument } from './typed-document.js';

/** What the parts of the client stand on. */
export class Transport {
  readonly #http: HttpTransport;
  readonly #sockets: SocketTransport;

  constructor(private readonly settings: Settings) {
    this.#http = new HttpTransport(settings);
    this.#sockets = new SocketTransport(settings);
  }

  async request<TData, TVariables>(
    document: TypedDocument<TData, TVariables>,
    variables: TVariables,
    options?: ChangeOptions,
  ): Promise<TData> {
    return (await this.#http.request(document, variables, options)) as TData;
  }

  /** One connection's worth of a subscription. */
  stream<TData, TVariables>(
    document: TypedDocument<TData, TVariables>,
    variables: TVariables,
    signal?: AbortSignal,
  ): AsyncGenerator<TData> {
    return this.#sockets.stream(document, variables as Record<string, unknown>, signal) as AsyncGenerator<TData>;
  }

  /** Calls `open` again after each cut, which must go on after what it has given. */
  async *resumed<T>(open: (signal: AbortSignal) => AsyncIterable<T>, options: CallOptions = {}): AsyncGenerator<T> {
    const link = new LinkedAbort(options.signal, this.#sockets.closed);
    try {
      yield* resumed(() => open(link.signal), { reconnectForMs: this.settings.reconnectForMs, signal: link.signal });
    } finally {
      link.letGo();
    }
  }

  close(): void {
    this.#http.close();
    this.#sockets.close();
  }
}

import { type Client, createClient, type SubscribePayload } from 'graphql-ws';
import { WebSocket } from 'ws';
import { SubgraphEvents } from './subgraph-events.js';

export interface SubgraphSocketOptions {
  readonly name: string;
  readonly url: string;
  readonly maxMessageBytes: number;
  /** Between two pings; whoever does not answer one before the next has gone. @default 15_000 // 15 seconds */
  readonly pingMs?: number | undefined;
  /** How long a full queue may wait for its consumer to take an event before it is cut off. @default 60_000 // 60 seconds */
  readonly maxStallMs?: number | undefined;
}

type Headers = Readonly<Record<string, string>>;

const OPENING_MS = 10_000; // 10 seconds, and as many again to be acknowledged

/**
 * The WebSockets to one subgraph: one for each subscription. It is authenticated with the subscription's own headers when it opens, and
 * it can stop reading while this one consumer is behind without holding up another's events.
 */
export class SubgraphSockets {
  readonly #options: SubgraphSocketOptions;
  readonly #open = new Set<SubgraphSocket>();

  constructor(options: SubgraphSocketOptions) {
    this.#options = options;
  }

  subscribe(payload: SubscribePayload, headers: Headers): SubgraphEvents {
    const { name, maxStallMs = 60_000 } = this.#options;
    const socket = new SubgraphSocket(this.#options, headers);
    this.#open.add(socket);
    return new SubgraphEvents({ service: name, socket, payload, maxStallMs, onEnd: () => this.#open.delete(socket) });
  }

  close(): void {
    for (const socket of this.#open) socket.close();
    this.#open.clear();
  }
}

/** A WebSocket that can be told to stop reading, which in time stops the subgraph from sending. */
export class SubgraphSocket {
  readonly client: Client;
  readonly #pingMs: number;
  #webSocket: WebSocket | undefined;
  #messageBytes = 0;
  #paused = false;
  /** A ping was sent and its answer has not been read. */
  #asked = false;
  #silence: NodeJS.Timeout | undefined;
  #signs: NodeJS.Timeout | undefined;

  constructor({ url, maxMessageBytes, pingMs = 15_000 }: SubgraphSocketOptions, headers: Headers) {
    this.#pingMs = pingMs;
    const opened = (webSocket: WebSocket) => {
      this.#webSocket = webSocket;
      // Before graphql-ws gets to see the message, so that its events know their size.
      webSocket.on('message', (data: Buffer) => {
        this.#messageBytes = data.length;
      });
    };
    this.client = createClient({
      url,
      connectionParams: headers,
      // Resuming is the business of whoever knows the cursor: a subscription that breaks ends, and says so.
      retryAttempts: 0,
      keepAlive: pingMs,
      connectionAckWaitTimeout: OPENING_MS,
      on: {
        ping: (received) => {
          if (received) return;
          this.#asked = true;
          this.#awaitAnswer();
        },
        // An answer may stand in line behind many events: whoever sends those is there as well.
        message: () => this.#silence?.refresh(),
        pong: (received) => {
          if (!received) return;
          this.#asked = false;
          clearTimeout(this.#silence);
          this.#silence = undefined;
        },
        closed: () => this.#forget(),
      },
      webSocketImpl: class extends WebSocket {
        constructor(address: string, protocols: string[]) {
          super(address, protocols, {
            headers,
            maxPayload: maxMessageBytes,
            handshakeTimeout: OPENING_MS,
            // What has been read when the reading stops is delivered nevertheless; compressed, that could be any amount.
            perMessageDeflate: false,
          });
          opened(this);
        }
      },
    });
  }

  /** Of the message that is being delivered. */
  get messageBytes(): number {
    return this.#messageBytes;
  }

  /** Reads nothing more, apart from the up to 64 KiB that have been read already. */
  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#webSocket?.pause();
    // Nobody can be blamed for an answer that is not read.
    clearTimeout(this.#silence);
    this.#silence = undefined;
    // The subgraph's own pings are not read either, or late, and it would take this end for dead: so it gets unasked pongs (RFC 6455,
    // 5.5.3), from now on to the end, since its pings can stand in line behind events long after the reading has gone on.
    this.#signs ??= setInterval(() => this.#webSocket?.pong(), this.#pingMs / 3);
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#webSocket?.resume();
    if (this.#asked) this.#awaitAnswer();
  }

  /** Says goodbye. */
  close(): void {
    // The other side's goodbye has to be read.
    this.resume();
    // A socket that is still being opened is waited for, and may fail: that is what was wanted.
    Promise.resolve(this.client.dispose()).catch(() => {});
  }

  /** A peer that was cut off, or hangs, never closes its end: without this a subscription would be silent for ever. */
  #awaitAnswer(): void {
    if (this.#paused) return;
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.client.terminate(), this.#pingMs);
  }

  #forget(): void {
    this.#asked = false;
    clearTimeout(this.#silence);
    this.#silence = undefined;
    clearInterval(this.#signs);
    this.#signs = undefined;
  }
}

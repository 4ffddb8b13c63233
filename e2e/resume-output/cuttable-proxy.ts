import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Stands between a client and a server on one machine, and breaks as networks do. */
export class CuttableProxy implements AsyncDisposable {
  /** How many connections there have been. */
  connections = 0;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  constructor(private readonly serverPort: number) {}

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Lets connections through, on the same port as before. */
  async up(): Promise<this> {
    const server = createServer((near) => {
      this.connections += 1;
      const far = connect(this.serverPort, '127.0.0.1');
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on('error', () => {}); // the other end hears of it by the close
        socket.on('close', () => {
          this.#sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      near.pipe(far).pipe(near);
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
    return this;
  }

  /** Cuts all connections at once, without a goodbye; new ones may come. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Cuts all connections and takes no new ones. */
  down(): void {
    this.#server?.close();
    this.cut();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.down();
  }
}

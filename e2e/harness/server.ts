import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const serveLine = /serves at (http:\/\/\S+)/;

export interface GraphQLAnswer {
  // biome-ignore lint/suspicious/noExplicitAny: the shape is that of each test's own query
  readonly data?: any;
  readonly errors?: readonly {
    message: string;
    path?: readonly (string | number)[];
    extensions: Record<string, unknown>;
  }[];
}

/** The product as a user has it: the built server in a process of its own, over a data folder of its own. */
export class TestServer implements AsyncDisposable {
  #process: ChildProcess | undefined;
  #output = '';

  private constructor(
    readonly dataDir: string,
    readonly port: number,
    readonly key: string,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  static async start(env: Readonly<Record<string, string>> = {}): Promise<TestServer> {
    const dataDir = await mkdtemp(join(tmpdir(), 'agentos-e2e-'));
    const server = new TestServer(dataDir, await freePort(), 'e2e-administrator-key', env);
    await server.up();
    return server;
  }

  /** A server over a folder that another one made, and removes. */
  static async over(dataDir: string): Promise<TestServer> {
    const server = new TestServer(dataDir, await freePort(), 'e2e-administrator-key', {});
    await server.up();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** All that the server has printed, on both streams. */
  get output(): string {
    return this.#output;
  }

  get pid(): number {
    return this.#process?.pid ?? -1;
  }

  /** Starts the process and waits until it serves. */
  async up(): Promise<void> {
    const child = spawn(process.execPath, [join(root, 'gateway/dist/main.js')], {
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        AGENTOS_DATA_DIR: this.dataDir,
        AGENTOS_BOOTSTRAP_API_KEY: this.key,
        PORT: String(this.port),
        LOG_LEVEL: 'warn',
        ...this.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    let mine = '';
    await new Promise<void>((resolve, reject) => {
      const read = (chunk: Buffer) => {
        mine += chunk;
        this.#output += chunk;
        if (serveLine.test(mine)) resolve();
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('exit', (code, signal) =>
        reject(new Error(`The server ended (${code ?? signal}) before it served:\n${mine}`)),
      );
    });
  }

  /** As the power of a scheduler would: at once, with no chance to tidy up. */
  async kill9(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** @returns the exit code */
  async stop(): Promise<number | null> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const [code] = (await exited) as [number | null];
    return code;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.up();
  }

  async graphql(
    query: string,
    variables: Record<string, unknown> = {},
    options: { key?: string; headers?: Record<string, string>; signal?: AbortSignal } = {},
  ): Promise<GraphQLAnswer> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${options.key ?? this.key}`,
        'content-type': 'application/json',
        ...options.headers,
      },
      body: JSON.stringify({ query, variables }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    return (await response.json()) as GraphQLAnswer;
  }

  /** As `graphql`, for what must succeed. */
  async must(
    query: string,
    variables: Record<string, unknown> = {},
    options: { key?: string; headers?: Record<string, string> } = {},
    // biome-ignore lint/suspicious/noExplicitAny: the shape is that of each test's own query
  ): Promise<any> {
    const { data, errors } = await this.graphql(query, variables, options);
    if (errors !== undefined) throw new Error(`The server refused: ${JSON.stringify(errors)}`);
    return data;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { freePort, type GraphQLAnswer } from '../harness/server.js';
import { ServedProcess } from './served-process.js';

export const subgraphs = ['security', 'agents', 'projects', 'memory', 'execution', 'learning', 'plugins'] as const;
export type Subgraph = (typeof subgraphs)[number];

/** Full mode as an operator has it: each subgraph a process, and two gateways before them, over stores of their own. */
export class Fleet implements AsyncDisposable {
  readonly key = 'e2e-administrator-key';
  readonly secret = randomBytes(32).toString('base64url');
  readonly #database = `agentos_e2e_${randomBytes(6).toString('hex')}`;
  readonly #stores: { postgres: string; redis: string; s3: string | undefined };
  readonly #subgraphs = new Map<Subgraph, ServedProcess>();
  readonly gateways: ServedProcess[] = [];
  readonly #addresses: Record<string, string> = {};
  #folder = '';

  private constructor(stores: { postgres: string; redis: string; s3: string | undefined }) {
    this.#stores = stores;
  }

  /** Starts all processes in the same moment over an empty database, and waits until both gateways are ready. */
  static async start(stores: { postgres: string; redis: string; s3: string | undefined }): Promise<Fleet> {
    const fleet = new Fleet(stores);
    try {
      await fleet.#up();
    } catch (error) {
      await fleet[Symbol.asyncDispose]();
      throw error;
    }
    return fleet;
  }

  subgraph(name: Subgraph): ServedProcess {
    return this.#subgraphs.get(name) as ServedProcess;
  }

  gateway(index: number): ServedProcess {
    return this.gateways[index] as ServedProcess;
  }

  /** One more before the same subgraphs, which is not started yet. */
  async newGateway(name: string, env: Readonly<Record<string, string>> = {}): Promise<ServedProcess> {
    return new ServedProcess(await freePort(), {
      ...this.#environment(),
      ...this.#addresses,
      AGENTOS_DATA_DIR: join(this.#folder, name),
      AGENTOS_BOOTSTRAP_API_KEY: this.key,
      ...env,
    });
  }

  async graphql(
    gateway: number,
    query: string,
    variables: Record<string, unknown> = {},
    headers: Record<string, string> = {},
  ): Promise<GraphQLAnswer> {
    const response = await fetch(`${this.gateway(gateway).url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as GraphQLAnswer;
  }

  /** As `graphql`, for what must succeed. */
  async must(
    gateway: number,
    query: string,
    variables: Record<string, unknown> = {},
    headers: Record<string, string> = {},
    // biome-ignore lint/suspicious/noExplicitAny: the shape is that of each test's own query
  ): Promise<any> {
    const { data, errors } = await this.graphql(gateway, query, variables, headers);
    if (errors !== undefined) throw new Error(`The server refused: ${JSON.stringify(errors)}`);
    return data;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.gateways, ...this.#subgraphs.values()].map((each) => each.kill9()));
    await rm(this.#folder, { recursive: true, force: true });
    await this.#administer(`drop database if exists ${this.#database} with (force)`);
  }

  async #up(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'agentos-full-mode-'));
    await this.#administer(`create database ${this.#database}`);
    for (const name of subgraphs) {
      const port = await freePort();
      const env = { ...this.#environment(), AGENTOS_DATA_DIR: join(this.#folder, name) };
      this.#subgraphs.set(name, new ServedProcess(port, env, name));
      this.#addresses[`AGENTOS_SUBGRAPH_${name.toUpperCase()}_URL`] = `http://127.0.0.1:${port}/graphql`;
    }
    for (const name of ['gateway-a', 'gateway-b']) this.gateways.push(await this.newGateway(name));
    const all = [...this.gateways, ...this.#subgraphs.values()];
    for (const each of all) each.start();
    await Promise.all(all.map((each) => each.ready()));
  }

  #environment(): Record<string, string | undefined> {
    const { postgres, redis, s3 } = this.#stores;
    return {
      AGENTOS_MODE: 'full',
      AGENTOS_INTERNAL_SECRET: this.secret,
      DATABASE_URL: Object.assign(new URL(postgres), { pathname: `/${this.#database}` }).href,
      DATABASE_POOL_MAX: '5', // nine processes share a server that takes a hundred connections
      REDIS_URL: Object.assign(new URL(redis), { pathname: '/12' }).href,
      LOG_LEVEL: 'warn',
      ...(s3 === undefined
        ? {}
        : {
            S3_ENDPOINT: s3,
            S3_BUCKET: 'agentos-full-mode',
            AWS_REGION: process.env['AWS_REGION'],
            AWS_ACCESS_KEY_ID: process.env['AWS_ACCESS_KEY_ID'],
            AWS_SECRET_ACCESS_KEY: process.env['AWS_SECRET_ACCESS_KEY'],
          }),
    };
  }

  async #administer(statement: string): Promise<void> {
    const server = new DataSource({ type: 'postgres', installExtensions: false, url: this.#stores.postgres });
    await server.initialize();
    await server.query(statement);
    await server.destroy();
  }
}

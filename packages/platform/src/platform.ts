import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Clock, systemClock } from '@agentos/kernel';
import { Audit, auditMigration } from './audit/index.js';
import { type BlobStore, FileBlobStore } from './blobs/index.js';
import { type Bus, InProcessBus } from './bus/index.js';
import { type Environment, namedButUnused } from './config/index.js';
import { IdempotentResponses, idempotencyMigration } from './idempotency/index.js';
import { Outbox, outboxMigration, Relay } from './outbox/index.js';
import { Database, lockDataDir, type Persistence } from './sql/index.js';
import { createLogger, type Logger, Metrics } from './telemetry/index.js';

/** What every domain stands on. The domain cannot tell whether the parts are in this process or on the network. */
export interface Platform extends AsyncDisposable {
  readonly config: Environment;
  readonly db: Database;
  readonly bus: Bus;
  readonly outbox: Outbox;
  readonly blobs: BlobStore;
  readonly audit: Audit;
  readonly idempotency: IdempotentResponses;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** A folder of this process's own, for what may be lost with the machine. */
  readonly dataDir: string;
  /** Signs the tokens between gateway and subgraphs; random where there is only this process. */
  readonly internalSecret: string;
  /** Asks each part whether it answers; for `/readyz`. */
  readonly parts: readonly { readonly name: string; check(): Promise<void> }[];
}

const platformPersistence: Persistence = {
  entities: [],
  migrations: [outboxMigration, auditMigration, idempotencyMigration],
};

/**
 * Chooses each part by the configuration (the part that is named is used, the others stay embedded) and opens it.
 * Disposing the platform closes the parts in the reverse order.
 * @param persistence of all subgraphs that run in this process; a function loads them while the embedded
 *   database starts
 */
export async function createPlatform(
  config: Environment,
  persistence: readonly Persistence[] | (() => Promise<readonly Persistence[]>),
  options: { clock?: Clock; logger?: Logger } = {},
): Promise<Platform> {
  const closers: (() => unknown)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const clock = options.clock ?? systemClock;
    const logger = options.logger ?? createLogger(config.LOG_LEVEL);
    const unused = namedButUnused(config);
    if (unused.length > 0)
      logger.warn({ variables: unused }, 'parts are named that this version does not use yet; they stay embedded');
    const metrics = new Metrics();
    const dataDir = resolve(config.AGENTOS_DATA_DIR);
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    if (config.DATABASE_URL === undefined) {
      const lock = await lockDataDir(dataDir);
      closers.push(() => lock[Symbol.asyncDispose]());
    }

    const all = async () => [
      platformPersistence,
      ...(typeof persistence === 'function' ? await persistence() : persistence),
    ];
    const db = await Database.open(
      config.DATABASE_URL === undefined
        ? { folder: join(dataDir, 'db'), persistence: all, logger }
        : { url: config.DATABASE_URL, poolMax: config.DATABASE_POOL_MAX, persistence: all, logger },
    );
    closers.push(() => db.close());
    const bus = await createBus(config, logger);
    closers.push(() => bus.close());
    const blobs = await createBlobs(config, dataDir);
    closers.push(() => blobs.close());
    const relay = new Relay(db, bus, logger, metrics);
    relay.start();
    closers.push(() => relay.stop());
    const idempotency = new IdempotentResponses(db);
    const sweep = setInterval(() => {
      idempotency.sweep().catch((error) => logger.warn({ err: error }, 'old idempotency keys could not be removed'));
    }, 3_600_000); // 1 hour
    sweep.unref();
    closers.push(() => clearInterval(sweep));

    return {
      config,
      db,
      bus,
      outbox: new Outbox(db, bus, clock, relay.wake),
      blobs,
      audit: new Audit(db, clock),
      idempotency,
      logger,
      metrics,
      clock,
      dataDir,
      internalSecret: config.AGENTOS_INTERNAL_SECRET ?? randomBytes(32).toString('base64url'),
      parts: [
        { name: 'database', check: () => db.ping() },
        { name: 'bus', check: () => bus.ping() },
        { name: 'blobs', check: () => blobs.ping() },
      ],
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function createBus(config: Environment, logger: Logger): Promise<Bus> {
  if (config.REDIS_URL === undefined) return new InProcessBus();
  const { RedisStreamsBus } = await import('./bus/redis-streams-bus.js');
  return RedisStreamsBus.connect(config.REDIS_URL, {
    onProblem: (error) => logger.warn({ err: error }, 'the event bus lost its connection'),
  });
}

async function createBlobs(config: Environment, dataDir: string): Promise<BlobStore> {
  if (config.S3_ENDPOINT === undefined) return new FileBlobStore(join(dataDir, 'blobs'));
  const { S3BlobStore } = await import('./blobs/s3-blob-store.js');
  return S3BlobStore.open({ endpoint: config.S3_ENDPOINT, bucket: config.S3_BUCKET, region: config.AWS_REGION });
}

import { AsyncLocalStorage } from 'node:async_hooks';
import type { RequestContext } from '@agentos/kernel';
import { DataSource, type EntityManager } from 'typeorm';
import type { Logger } from '../telemetry/index.js';
import type { Persistence } from './migration.js';
import { openPGlite } from './pglite.js';
import { translateSqlError } from './sql-errors.js';

interface Scope {
  readonly tenantId: string | null;
  readonly manager: EntityManager;
  readonly afterCommit: (() => void)[];
  open: boolean;
}

export type DatabaseOptions = {
  /** Called once the embedded database is starting in its thread, so that loading code here costs no extra time. */
  persistence: () => Promise<readonly Persistence[]>;
  logger: Logger;
} & ({ url: string; poolMax: number } | { folder: string });

/** Longer than any honest transaction; one that is still open then is a bug, and holds others up. */
const transactionWatchdogMs = 30_000; // 30 seconds

const migrationLock = 4_201_712; // any number that nothing else in the database takes

/**
 * The database of either mode. Everything that touches a tenant's rows goes through `read` or `transaction`, which
 * name the tenant to row-level security; there is no way to the tables around them.
 */
export class Database {
  readonly #source: DataSource;
  readonly #scopes = new AsyncLocalStorage<Scope>();
  readonly #logger: Logger;
  readonly #close: () => Promise<void>;

  readonly #concurrent: boolean;

  private constructor(source: DataSource, concurrent: boolean, logger: Logger, close: () => Promise<void>) {
    this.#source = source;
    this.#concurrent = concurrent;
    this.#logger = logger;
    this.#close = close;
  }

  /** Opens the database and brings its tables up to date. */
  static open(options: DatabaseOptions): Promise<Database> {
    return 'url' in options ? Database.#openPostgres(options) : Database.#openEmbedded(options);
  }

  static async #openPostgres(options: Extract<DatabaseOptions, { url: string }>): Promise<Database> {
    const { logger, url, poolMax } = options;
    const source = new DataSource({
      ...sourceOptions(await options.persistence()),
      url,
      poolErrorHandler: (error: unknown) => logger.warn({ err: error }, 'a database connection was lost'),
      extra: {
        max: poolMax,
        connectionTimeoutMillis: 5_000, // 5 seconds: a database that is away is answered with UNAVAILABLE, not a hang
        statement_timeout: 30_000,
        idle_in_transaction_session_timeout: 60_000,
      },
    });
    await source.initialize();
    await migrate(source, true);
    return new Database(source, true, logger, () => source.destroy());
  }

  static async #openEmbedded({
    folder,
    logger,
    persistence,
  }: Extract<DatabaseOptions, { folder: string }>): Promise<Database> {
    let loading: Promise<readonly Persistence[]> | undefined;
    const postgres = await openPGlite(folder, () => {
      loading = persistence();
      loading.catch(() => {}); // seen where it is awaited
    });
    try {
      postgres.onLost((error) => logger.error({ err: error }, 'the embedded database was lost'));
      const source = new DataSource({
        ...sourceOptions((await loading) ?? []),
        extra: { max: 1, connectionTimeoutMillis: 30_000, stream: () => postgres.stream() },
      });
      await source.initialize();
      await migrate(source, false);
      return new Database(source, false, logger, async () => {
        await source.destroy();
        await postgres.close();
      });
    } catch (error) {
      await postgres.close();
      throw error;
    }
  }

  /**
   * Runs `work` in a transaction that sees and takes this tenant's rows only. Inside a running transaction of the
   * same tenant it joins that one.
   */
  transaction<T>(ctx: Pick<RequestContext, 'tenantId'>, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.#run('agentos_app', ctx.tenantId, work);
  }

  /** As `transaction`, for work that only reads. */
  read<T>(ctx: Pick<RequestContext, 'tenantId'>, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.#run('agentos_app', ctx.tenantId, work);
  }

  /** Runs `work` over all tenants, as far as each table grants it to the system role. Never on behalf of a request. */
  system<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.#run('agentos_system', null, work);
  }

  /** Calls `effect` once the running transaction has committed; at once where none is running. */
  afterCommit(effect: () => void): void {
    const scope = this.#scopes.getStore();
    if (scope?.open) scope.afterCommit.push(effect);
    else effect();
  }

  /**
   * Runs `work` unless another process is running work of this name; says whether it ran. The embedded database
   * belongs to one process, so there is nobody else there.
   */
  async exclusively(name: string, work: () => Promise<void>): Promise<boolean> {
    if (!this.#concurrent) {
      await work();
      return true;
    }
    const lock = this.#source.createQueryRunner();
    try {
      const [{ locked }] = (await lock.query('select pg_try_advisory_lock(hashtext($1)) as locked', [name])) as [
        { locked: boolean },
      ];
      if (!locked) return false;
      try {
        await work();
      } finally {
        await lock.query('select pg_advisory_unlock(hashtext($1))', [name]);
      }
      return true;
    } finally {
      await lock.release();
    }
  }

  /** Answers once the database does. */
  async ping(): Promise<void> {
    await this.#source.query('select 1').catch((error) => {
      throw translateSqlError(error);
    });
  }

  close(): Promise<void> {
    return this.#close();
  }

  async #run<T>(role: string, tenantId: string | null, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const outer = this.#scopes.getStore();
    if (outer?.open) {
      if (outer.tenantId === tenantId) return work(outer.manager);
      // With one backend this would wait for itself for ever; with many it would escape the outer transaction.
      throw new Error('A transaction of one tenant must not open one of another, or of the system.');
    }
    const effects: (() => void)[] = [];
    const watchdog = setTimeout(
      () => this.#logger.error({ tenantId, transactionWatchdogMs }, 'a transaction has been open for too long'),
      transactionWatchdogMs,
    );
    let result: T;
    try {
      result = await this.#source.transaction(async (manager) => {
        await manager.query(`select set_config('role', $1, true), set_config('app.tenant_id', $2, true)`, [
          role,
          tenantId ?? '',
        ]);
        const scope: Scope = { tenantId, manager, afterCommit: effects, open: true };
        try {
          return await this.#scopes.run(scope, () => work(manager));
        } finally {
          scope.open = false;
        }
      });
    } catch (error) {
      throw translateSqlError(error);
    } finally {
      clearTimeout(watchdog);
    }
    for (const effect of effects) effect();
    return result;
  }
}

const sourceOptions = (persistence: readonly Persistence[]) => ({
  type: 'postgres' as const,
  installExtensions: false,
  entities: persistence.flatMap((part) => [...part.entities]),
  migrations: persistence.flatMap((part) => [...part.migrations]),
  migrationsTableName: 'agentos_migration',
});

/** Services of full mode start together: one migrates, the others wait for it. One backend needs no such lock. */
async function migrate(source: DataSource, concurrent: boolean): Promise<void> {
  if (!concurrent) {
    await source.runMigrations({ transaction: 'each' });
    return;
  }
  const lock = source.createQueryRunner();
  try {
    // As long as it takes: the others may be many, and the machine slow.
    await lock.query('set statement_timeout = 0');
    await lock.query('select pg_advisory_lock($1)', [migrationLock]);
    await source.runMigrations({ transaction: 'each' });
  } finally {
    await lock.query('select pg_advisory_unlock($1)', [migrationLock]);
    await lock.query('reset statement_timeout');
    await lock.release();
  }
}

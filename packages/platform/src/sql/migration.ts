import type { EntitySchema, MigrationInterface, QueryRunner } from 'typeorm';

/** What one subgraph (or the platform itself) keeps in the database. */
export interface Persistence {
  readonly entities: readonly EntitySchema[];
  readonly migrations: readonly MigrationClass[];
}
export type MigrationClass = new () => MigrationInterface;

/**
 * A migration of plain SQL, the same for PGlite and PostgreSQL. There is no way down: a mistake is mended by the next
 * migration, and a backup is the way back.
 * @param name ends with the time it was written, in milliseconds, which is its place in the order: `Memory1763830000000`
 */
export function sqlMigration(name: string, sql: string): MigrationClass {
  return class implements MigrationInterface {
    readonly name = name;
    async up(runner: QueryRunner): Promise<void> {
      await runner.query(sql);
    }
    async down(): Promise<void> {
      throw new Error(`${name} has no way down: restore a backup instead.`);
    }
  };
}

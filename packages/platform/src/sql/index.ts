export { DataDirInUseError, lockDataDir } from './data-lock.js';
export { Database, type DatabaseOptions } from './database.js';
export { type MigrationClass, type Persistence, sqlMigration } from './migration.js';
export { conflictOnDuplicate, sqlState, translateSqlError, uniqueViolation } from './sql-errors.js';
export { isolateByTenant } from './tenancy.js';

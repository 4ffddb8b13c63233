export { onceOnly } from './effects.js';
export { idempotencyMigration } from './idempotency-schema.js';
export { IdempotentResponses } from './responses.js';

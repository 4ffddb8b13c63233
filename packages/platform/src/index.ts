export * from './audit/index.js';
export * from './blobs/index.js';
export * from './bus/index.js';
export * from './config/index.js';
export { onceOnly } from './idempotency/index.js';
export { type NewEvent, Outbox, positionOf } from './outbox/index.js';
export { createPlatform, type Platform } from './platform.js';
export * from './sql/index.js';
export * from './telemetry/index.js';

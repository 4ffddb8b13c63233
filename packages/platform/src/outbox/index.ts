export { type NewEvent, Outbox, positionOf } from './outbox.js';
export { outboxMigration } from './outbox-schema.js';
export { Relay } from './relay.js';

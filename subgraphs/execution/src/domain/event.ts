import type { ExecutionStatus, ResourceUsage } from './execution.js';

export type OutputStream = 'STDOUT' | 'STDERR';

/** What happened, before it has a place in the order. */
export type EventBody =
  | { kind: 'output'; stream: OutputStream; text: string; base64?: string }
  | { kind: 'status'; status: ExecutionStatus }
  | { kind: 'usage'; usage: ResourceUsage };

/** An event of a run. `offset` starts at 0, grows by one with each event and never changes; `at` is in ms since 1970. */
export type StoredEvent = EventBody & { offset: number; at: number };

/** Something that is started once, in order, and stopped once, in the reverse order. */
export interface Lifecycle {
  start(): Promise<void>;
  /** Takes no new work, lets running work end until `signal` fires, then gives everything back. */
  stop(signal: AbortSignal): Promise<void>;
}

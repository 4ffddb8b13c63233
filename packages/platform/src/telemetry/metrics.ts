import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What the server measures of itself; labels are bounded, and never hold names that users choose. */
export class Metrics {
  readonly registry = new Registry();
  readonly graphqlRequests = this.#counter('agentos_graphql_requests_total', 'GraphQL operations answered', [
    'op_hash',
    'type',
    'code',
  ]);
  readonly graphqlDuration = this.#histogram('agentos_graphql_duration_seconds', 'Time to answer a GraphQL operation', [
    'type',
  ]);
  readonly wsConnections = this.#gauge('agentos_ws_connections', 'Open WebSocket connections');
  readonly outboxPending = this.#gauge('agentos_outbox_pending', 'Events committed and not yet published');
  readonly executionsRunning = this.#gauge('agentos_execution_running', 'Programs running now');
  readonly executionsQueued = this.#gauge('agentos_execution_queued', 'Programs waiting for a sandbox');
  readonly executionDuration = this.#histogram('agentos_execution_duration_seconds', 'Time from accepted to ended', [
    'runtime',
    'status',
  ]);
  readonly memorySearch = this.#histogram('agentos_memory_search_seconds', 'Time to answer a memory search', ['mode']);

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  #counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }
  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name, help, registers: [this.registry] });
  }
  #histogram<L extends string>(name: string, help: string, labelNames: L[]): Histogram<L> {
    return new Histogram({ name, help, labelNames, registers: [this.registry] });
  }
}

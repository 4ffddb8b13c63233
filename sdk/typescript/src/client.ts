import { AgentsClient } from './agents.js';
import { ExecutionsClient } from './executions.js';
import { MemoryClient } from './memory.js';
import { type AgentOSOptions, type ChangeOptions, settingsOf } from './options.js';
import { ProjectsClient } from './projects.js';
import { Transport } from './transport.js';
import type { TypedDocument } from './typed-document.js';

export interface SubscribeOptions<TData> {
  signal?: AbortSignal | undefined;
  /**
   * Makes the subscription survive a cut connection: given the last answer, the variables that go on after it. It is
   * called for each answer; the variables given replace those before.
   */
  resume?: ((last: TData) => Record<string, unknown>) | undefined;
}

/**
 * A client of one AgentOS server. Calls are tried again where that is safe and may help, and streams go on after a cut
 * connection; what fails all the same throws an `AgentOSError`.
 *
 * ```ts
 * await using agentos = new AgentOS({ apiKey: process.env.AGENTOS_API_KEY });
 * await agentos.memory.store('The deploy key is rotated on the first Monday of a month.');
 * const run = await agentos.executions.run({ runtime: 'PYTHON', code: 'print(6 * 7)' });
 * for await (const { text } of run) process.stdout.write(text);
 * ```
 */
export class AgentOS implements AsyncDisposable {
  readonly memory: MemoryClient;
  readonly executions: ExecutionsClient;
  readonly agents: AgentsClient;
  readonly projects: ProjectsClient;
  readonly #transport: Transport;

  /** @throws AgentOSError BAD_USER_INPUT with the option at fault in `field` */
  constructor(options: AgentOSOptions = {}) {
    this.#transport = new Transport(settingsOf(options));
    this.memory = new MemoryClient(this.#transport);
    this.executions = new ExecutionsClient(this.#transport);
    this.agents = new AgentsClient(this.#transport);
    this.projects = new ProjectsClient(this.#transport);
  }

  /**
   * Runs any query or mutation. A mutation has an idempotency key and is retried like every other call.
   * @param query one operation
   * @returns its `data`
   * @throws AgentOSError for an answer with errors; what could be answered beside them is in its `data`
   */
  async graphql<TData = Record<string, unknown>, TVariables = Record<string, unknown>>(
    query: string | TypedDocument<TData, TVariables>,
    variables?: TVariables,
    options?: ChangeOptions,
  ): Promise<TData> {
    const document = query as TypedDocument<TData, TVariables | undefined>;
    return this.#transport.request(document, variables, options);
  }

  /**
   * Follows any subscription; leaving the loop ends it.
   * @param query one subscription
   * @returns the `data` of each answer
   * @throws AgentOSError UNAVAILABLE when the connection is cut, unless `resume` is given
   */
  subscribe<TData = Record<string, unknown>, TVariables = Record<string, unknown>>(
    query: string | TypedDocument<TData, TVariables>,
    variables?: TVariables,
    { signal, resume }: SubscribeOptions<TData> = {},
  ): AsyncGenerator<TData> {
    const transport = this.#transport;
    const document = query as TypedDocument<TData, unknown>;
    if (resume === undefined) return transport.stream(document, variables, signal);
    let current: unknown = variables;
    return transport.resumed(
      async function* (ending) {
        for await (const data of transport.stream(document, current, ending)) {
          current = resume(data);
          yield data;
        }
      },
      { signal },
    );
  }

  /** Ends all calls and streams with `CLIENT_CLOSED` and closes the connections. Programs that run go on. */
  close(): void {
    this.#transport.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}

import { AgentOSError } from './errors.js';
import { type Execution, ExecutionHandle } from './execution-handle.js';
import {
  CancelExecutionDocument,
  ExecuteDocument,
  type ExecuteInput,
  type ExecutionFilter,
  GetExecutionDocument,
  ListExecutionsDocument,
  ListRuntimesDocument,
  type ListRuntimesQuery,
} from './generated/operations.js';
import { type Listing, listing, type PageOptions } from './listing.js';
import type { CallOptions, ChangeOptions } from './options.js';
import type { Transport } from './transport.js';

export type Runtime = ListRuntimesQuery['runtimes'][number];
/** A program and what it is run with. */
export type RunInput = Omit<ExecuteInput, 'waitMs'>;

export interface ListExecutionsOptions extends PageOptions, CallOptions {
  filter?: ExecutionFilter | undefined;
}

/** Runs programs in sandboxes. */
export class ExecutionsClient {
  constructor(private readonly transport: Transport) {}

  /**
   * Starts a program and returns as soon as the server has taken it, which is once, also where the call had to be
   * repeated.
   * @throws AgentOSError UNAVAILABLE where no sandbox of the server can hold the runtime; `runtimes()` says what to install
   */
  async run(input: RunInput, options?: ChangeOptions): Promise<ExecutionHandle> {
    const { execute } = await this.transport.request(ExecuteDocument, { input: { ...input, waitMs: 0 } }, options);
    return new ExecutionHandle(this.transport, execute);
  }

  /**
   * A handle for a program that was started before, here or elsewhere.
   * @throws AgentOSError NOT_FOUND
   */
  async attach(id: string, options?: CallOptions): Promise<ExecutionHandle> {
    const execution = await this.get(id, options);
    if (execution === null) throw new AgentOSError('NOT_FOUND', `There is no execution ${id}.`);
    return new ExecutionHandle(this.transport, execution);
  }

  /** @returns null where there is none with this id, or none that the caller may see */
  async get(id: string, options?: CallOptions): Promise<Execution | null> {
    return (await this.transport.request(GetExecutionDocument, { id }, options)).execution;
  }

  /** `await` gives the first page; `for await` gives every execution of every page. */
  list({ filter, first, after, ...call }: ListExecutionsOptions = {}): Listing<Execution> {
    return listing({ first, after }, async (page) => {
      return (await this.transport.request(ListExecutionsDocument, { filter, ...page }, call)).executions;
    });
  }

  /** Ends a program. One that has ended stays as it is. */
  async cancel(id: string, options?: ChangeOptions): Promise<Execution> {
    return (await this.transport.request(CancelExecutionDocument, { id }, options)).cancelExecution;
  }

  /** What the server can run, how strongly it keeps it apart, and what to install for the rest. */
  async runtimes(options?: CallOptions): Promise<Runtime[]> {
    return (await this.transport.request(ListRuntimesDocument, {}, options)).runtimes;
  }
}

import { ConnectionLostError } from './errors.js';
import {
  AssembleContextDocument,
  type AssembleContextQuery,
  DeleteMemoryDocument,
  GetMemoryDocument,
  ListMemoriesDocument,
  MemoryChangedDocument,
  type MemoryChangedSubscription,
  type MemoryFilter,
  type MemoryFragment,
  type MemoryOrder,
  SearchMemoriesDocument,
  type SearchMemoriesQuery,
  type SearchMode,
  StoreMemoriesDocument,
  type StoreMemoriesMutation,
  StoreMemoryDocument,
  type StoreMemoryInput,
  UpdateMemoryDocument,
  type UpdateMemoryInput,
} from './generated/operations.js';
import { type Listing, listing, type PageOptions } from './listing.js';
import type { CallOptions, ChangeOptions } from './options.js';
import type { Transport } from './transport.js';

/** Something an agent has learned. Times are ISO 8601. */
export type Memory = MemoryFragment;
export type MemorySearchResult = SearchMemoriesQuery['searchMemories'];
export type MemorySearchHit = MemorySearchResult['hits'][number];
export type AssembledContext = AssembleContextQuery['assembleContext'];
export type StoredMemories = StoreMemoriesMutation['storeMemories'];
export type MemoryChange = MemoryChangedSubscription['memoryChanged'];

export interface ListMemoriesOptions extends PageOptions, CallOptions {
  filter?: MemoryFilter | undefined;
  /** @default 'CREATED_AT_DESC' */
  orderBy?: MemoryOrder | undefined;
}

export interface SearchMemoriesOptions extends CallOptions {
  filter?: MemoryFilter | undefined;
  /** By meaning, by words, or by both. @default 'HYBRID' */
  mode?: SearchMode | undefined;
  /** How many hits at most. @default 10 */
  first?: number | undefined;
  /** Leaves out hits below this score. */
  minScore?: number | undefined;
}

export interface AssembleContextOptions extends CallOptions {
  filter?: MemoryFilter | undefined;
}

export interface MemoryChangesOptions {
  filter?: MemoryFilter | undefined;
  /** The `cursor` of the last change seen: everything after it comes first. */
  after?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** What agents remember from one session to the next. */
export class MemoryClient {
  constructor(private readonly transport: Transport) {}

  /**
   * @param input the content, or the content with what is known of it
   * @returns the memory; where a near-identical one was there, that one, unless `onDuplicate` says otherwise
   */
  async store(input: string | StoreMemoryInput, options?: ChangeOptions): Promise<Memory> {
    const variables = { input: typeof input === 'string' ? { content: input } : input };
    return (await this.transport.request(StoreMemoryDocument, variables, options)).storeMemory;
  }

  /** Stores up to 1,000 at once, all or none. */
  async storeMany(inputs: StoreMemoryInput[], options?: ChangeOptions): Promise<StoredMemories> {
    return (await this.transport.request(StoreMemoriesDocument, { inputs }, options)).storeMemories;
  }

  /** @returns null where there is none with this id, or none that the caller may see */
  async get(id: string, options?: CallOptions): Promise<Memory | null> {
    return (await this.transport.request(GetMemoryDocument, { id }, options)).memory;
  }

  /** `await` gives the first page; `for await` gives every memory of every page. */
  list({ filter, orderBy, first, after, ...call }: ListMemoriesOptions = {}): Listing<Memory> {
    return listing({ first, after }, async (page) => {
      return (await this.transport.request(ListMemoriesDocument, { filter, orderBy, ...page }, call)).memories;
    });
  }

  /** Finds memories by meaning and by words, best first. */
  async search(query: string, options: SearchMemoriesOptions = {}): Promise<MemorySearchResult> {
    const { signal, timeoutMs, ...how } = options;
    return (await this.transport.request(SearchMemoriesDocument, { query, ...how }, { signal, timeoutMs }))
      .searchMemories;
  }

  /**
   * Changes what is given and leaves the rest.
   * @throws AgentOSError CONFLICT where `expectedVersion` is given and the memory has another by now
   */
  async update(id: string, changes: Omit<UpdateMemoryInput, 'id'>, options?: ChangeOptions): Promise<Memory> {
    return (await this.transport.request(UpdateMemoryDocument, { input: { ...changes, id } }, options)).updateMemory;
  }

  /** @returns whether there was one */
  async delete(id: string, options?: ChangeOptions): Promise<boolean> {
    return (await this.transport.request(DeleteMemoryDocument, { id }, options)).deleteMemory;
  }

  /**
   * A selection of memories on `query`, as text for a prompt.
   * @param tokenBudget how many tokens the text may have @default 2000
   */
  async context(query: string, tokenBudget?: number, options: AssembleContextOptions = {}): Promise<AssembledContext> {
    const { filter, ...call } = options;
    return (await this.transport.request(AssembleContextDocument, { query, tokenBudget, filter }, call))
      .assembleContext;
  }

  /**
   * What is stored, updated and deleted from now on, or after a cursor, without end. A cut connection is taken up again
   * after the last change; only a change between the call and the first event can be missed where `after` is not given.
   */
  changes({ filter, after, signal }: MemoryChangesOptions = {}): AsyncGenerator<MemoryChange> {
    const { transport } = this;
    let cursor = after;
    return transport.resumed(
      async function* (ending) {
        const variables = { filter, after: cursor };
        for await (const { memoryChanged } of transport.stream(MemoryChangedDocument, variables, ending)) {
          cursor = memoryChanged.cursor;
          yield memoryChanged;
        }
        throw new ConnectionLostError('The server ended the stream.', true);
      },
      { signal },
    );
  }
}

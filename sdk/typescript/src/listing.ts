/** A part of a list, and where the next part begins. */
export interface Page<T> {
  readonly nodes: readonly T[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly totalCount: number;
}

/** Where in a list to begin and how much to ask for at once. */
export interface PageOptions {
  /** How many of them make a page. @default the server's, 20 */
  first?: number | undefined;
  /** A cursor: what follows it. */
  after?: string | undefined;
}

/**
 * A list, in pages. `await` it for the first page; `for await` over it for every item of every page, each page fetched
 * when it is come to.
 */
export interface Listing<T> extends Promise<Page<T>>, AsyncIterable<T> {
  pages(): AsyncIterable<Page<T>>;
}

export function listing<T>(options: PageOptions, fetchPage: (options: PageOptions) => Promise<Page<T>>): Listing<T> {
  const firstPage = fetchPage(options);
  // It is told to whoever reads the list; one that nobody reads is not an error.
  firstPage.catch(() => {});
  async function* pages() {
    let page = await firstPage;
    for (;;) {
      yield page;
      const { hasNextPage, endCursor } = page.pageInfo;
      if (!hasNextPage || endCursor === null) return;
      page = await fetchPage({ ...options, after: endCursor });
    }
  }
  return Object.assign(firstPage, {
    pages,
    async *[Symbol.asyncIterator]() {
      for await (const page of pages()) yield* page.nodes;
    },
  });
}

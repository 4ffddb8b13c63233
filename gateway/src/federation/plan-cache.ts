import type { DocumentNode, GraphQLError } from 'graphql';
import { LruCache } from './lru.js';
import type { PreparedOperation } from './operation.js';

/** What became of a document: ready to run, or why not. */
export type Preparation<C = unknown> =
  | { readonly ok: true; readonly operation: PreparedOperation<C> }
  | { readonly ok: false; readonly errors: readonly GraphQLError[] };

export interface PlanCacheOptions {
  /** How many characters of documents to keep prepared. @default 8_000_000 */
  readonly maxCharacters?: number;
}

/** What one prepared operation weighs beside the characters of its document. */
const BASE_WEIGHT = 1_000;

/**
 * Prepared operations by document and operation name, for one composition: a new one starts with an empty cache. Documents that
 * were refused have a small cache of their own, so that a flood of them does not push out the good ones.
 */
export class PlanCache<C> {
  readonly #prepared: LruCache<string, Preparation<C>>;
  readonly #refused: LruCache<string, Preparation<C>>;
  readonly #byDocument = new WeakMap<DocumentNode, Map<string, Preparation<C>>>();

  constructor({ maxCharacters = 8_000_000 }: PlanCacheOptions = {}) {
    this.#prepared = new LruCache(maxCharacters);
    this.#refused = new LruCache(maxCharacters / 20);
  }

  get size(): number {
    return this.#prepared.size;
  }

  get(source: string | DocumentNode, operationName: string | undefined): Preparation<C> | undefined {
    if (typeof source !== 'string') return this.#byDocument.get(source)?.get(operationName ?? '');
    const key = keyOf(source, operationName);
    return this.#prepared.get(key) ?? this.#refused.get(key);
  }

  set(source: string | DocumentNode, operationName: string | undefined, preparation: Preparation<C>): void {
    if (typeof source === 'string') {
      const cache = preparation.ok ? this.#prepared : this.#refused;
      cache.set(keyOf(source, operationName), preparation, source.length + BASE_WEIGHT);
      return;
    }
    let byName = this.#byDocument.get(source);
    if (byName === undefined) {
      byName = new Map();
      this.#byDocument.set(source, byName);
    }
    // Names come from clients: only those that a document has are kept.
    if (preparation.ok) byName.set(operationName ?? '', preparation);
  }
}

/** A document cannot have a NUL before its name; most requests name no operation, and then the document itself is the key. */
const keyOf = (query: string, operationName: string | undefined): string =>
  operationName === undefined || operationName === '' ? query : `${operationName}\0${query}`;

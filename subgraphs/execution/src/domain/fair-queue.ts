/** What waits for its turn; tenants take turns, and within a tenant the first comes first. */
export class FairQueue<T> {
  readonly #lines = new Map<string, T[]>();
  #size = 0;

  constructor(private readonly bounds: { all: number; perTenant: number }) {}

  get size(): number {
    return this.#size;
  }

  /** Whether one more of this tenant's may wait. */
  hasRoom(tenantId: string): boolean {
    return this.#size < this.bounds.all && (this.#lines.get(tenantId)?.length ?? 0) < this.bounds.perTenant;
  }

  add(tenantId: string, item: T): void {
    const line = this.#lines.get(tenantId);
    if (line) line.push(item);
    else this.#lines.set(tenantId, [item]);
    this.#size += 1;
  }

  /** Takes the next item that may go now, of the tenant whose turn has been longest ago. */
  take(mayGo: (item: T, tenantId: string) => boolean): T | null {
    for (const [tenantId, line] of this.#lines) {
      const item = line[0];
      if (item === undefined || !mayGo(item, tenantId)) continue;
      line.shift();
      this.#size -= 1;
      // A Map keeps the order of insertion: to the end with the tenant that has just had its turn.
      this.#lines.delete(tenantId);
      if (line.length > 0) this.#lines.set(tenantId, line);
      return item;
    }
    return null;
  }

  /** Takes one out that waits no longer; false where it does not wait. */
  remove(tenantId: string, item: T): boolean {
    const line = this.#lines.get(tenantId);
    const index = line?.indexOf(item) ?? -1;
    if (!line || index < 0) return false;
    line.splice(index, 1);
    this.#size -= 1;
    if (line.length === 0) this.#lines.delete(tenantId);
    return true;
  }
}

import { badInput, type CursorPart, decodeCursor, type Page, pageOf } from '@agentos/kernel';
import type { EntityManager } from 'typeorm';
import { contentKey } from '../domain/duplicate.js';
import type { MemoryFilter } from '../domain/filter.js';
import type { Memory, MemoryOrder } from '../domain/memory.js';
import { relevanceSql } from '../domain/relevance.js';
import { isQuestion } from '../domain/text/question.js';
import { saysWhen } from '../domain/text/time-expressions.js';
import { terms } from '../domain/text/words.js';
import { type MemoryRow, memoryColumns } from './columns.js';
import { filterSql, Parameters } from './filter-sql.js';
import { memoryEntity } from './memory-schema.js';

export interface PageRequest {
  readonly filter: MemoryFilter;
  readonly orderBy: MemoryOrder;
  readonly first: number;
  readonly after?: string | undefined;
}

/** What the ranking and the look-up of duplicates need of a content; made whenever it is written. */
const derived = (memory: Pick<Memory, 'content' | 'type'>) => ({
  content_key: contentKey(memory.content, memory.type),
  terms: terms(memory.content).join(' '),
  asks: isQuestion(memory.content),
  says_when: saysWhen(memory.content),
});

const columnOf = Object.entries(memoryEntity.options.columns).map(([property, column]) => ({
  property: property as keyof Memory,
  column: column?.name ?? property,
}));

/** Queries over memories; the transaction it is given names the tenant. */
export const memoryStore = {
  /** All in one statement; JSON carries them because a thousand rows would need more placeholders than there are. */
  async insert(manager: EntityManager, memories: readonly Memory[]): Promise<void> {
    if (memories.length === 0) return;
    const rows = memories.map((memory) => ({
      ...Object.fromEntries(columnOf.map(({ property, column }) => [column, memory[property]])),
      ...derived(memory),
    }));
    await manager.query('insert into memory select * from jsonb_populate_recordset(null::memory, $1::jsonb)', [
      JSON.stringify(rows),
    ]);
  },

  /** Writes every field that a change of the memory itself may touch. */
  async update(manager: EntityManager, memory: Memory): Promise<void> {
    const { id, tenantId: _, accessedAt: __, accessCount: ___, linkCount: ____, ...fields } = memory;
    await manager.update(memoryEntity, { id }, fields);
    const made = derived(memory);
    await manager.query('update memory set content_key = $2, terms = $3, asks = $4, says_when = $5 where id = $1', [
      id,
      made.content_key,
      made.terms,
      made.asks,
      made.says_when,
    ]);
  },

  async findByIds(manager: EntityManager, ids: readonly string[], now: Date): Promise<Memory[]> {
    return this.findFiltered(manager, ids, { trust: ['TRUSTED', 'UNTRUSTED', 'QUARANTINED'] }, now);
  },

  /** Those of the ids that the filter still lets through. */
  async findFiltered(
    manager: EntityManager,
    ids: readonly string[],
    filter: MemoryFilter,
    now: Date,
  ): Promise<Memory[]> {
    if (ids.length === 0) return [];
    const p = new Parameters();
    const where = filterSql(filter, p, now);
    const rows: MemoryRow[] = await manager.query(
      `select ${memoryColumns} from memory m where m.id = any(${p.add([...ids])}::text[]) and ${where}`,
      p.values,
    );
    return rows;
  },

  /** Locked until the transaction ends, so that of two changes one sees the other; null where there is none. */
  async lock(manager: EntityManager, id: string, now: Date): Promise<Memory | null> {
    const rows: MemoryRow[] = await manager.query(
      `select ${memoryColumns} from memory m where m.id = $1 and (m.expires_at is null or m.expires_at > $2) for update`,
      [id, now],
    );
    return rows[0] ?? null;
  },

  async page(manager: EntityManager, request: PageRequest, now: Date): Promise<Page<Memory>> {
    const count = new Parameters();
    const counted: { count: number }[] = await manager.query(
      `select count(*)::int as count from memory m where ${filterSql(request.filter, count, now)}`,
      count.values,
    );
    const order = orders[request.orderBy];
    const position = request.after === undefined ? undefined : decodeCursor(request.after, order.cursorLength);
    const p = new Parameters();
    // Relevance falls with time: all pages of one reading are ordered as of its start, which the cursor carries.
    const asOf = position?.[2] === undefined ? now : cursorDate(position[2]);
    const key = order.key(() => `${p.add(asOf)}::timestamptz`);
    let where = filterSql(request.filter, p, now);
    if (position !== undefined) {
      where += ` and (${key}, m.id) ${order.ascending ? '>' : '<'} (${order.parameter(p, position[0] ?? null)}, ${p.add(String(position[1]))}::text)`;
    }
    const direction = order.ascending ? 'asc' : 'desc';
    const rows: (MemoryRow & { sort_key: Date | number })[] = await manager.query(
      `select ${memoryColumns}, ${key} as sort_key from memory m where ${where}
       order by ${key} ${direction}, m.id ${direction} limit ${p.add(request.first + 1)}`,
      p.values,
    );
    return pageOf(rows, {
      ...request,
      totalCount: counted[0]?.count ?? 0,
      cursorOf: ({ sort_key, id }): CursorPart[] =>
        sort_key instanceof Date ? [sort_key.toISOString(), id] : [sort_key, id, asOf.toISOString()],
    });
  },

  /** The newest memories of each project or agent, at most `first` each. */
  async newestOfEach(
    manager: EntityManager,
    owner: 'project_id' | 'agent_id',
    ids: readonly string[],
    first: number,
    now: Date,
  ): Promise<Memory[]> {
    const p = new Parameters();
    const where = filterSql({}, p, now);
    return manager.query(
      `select ${memoryColumns} from unnest(${p.add([...ids])}::text[]) as o(id) cross join lateral (
         select * from memory m where m.${owner} = o.id and ${where} order by m.id desc limit ${p.add(first)}
       ) m order by m.id desc`,
      p.values,
    );
  },

  /** Memories of these content keys that may be duplicates, the oldest first. */
  async withContentKeys(manager: EntityManager, keys: readonly string[], now: Date): Promise<Memory[]> {
    if (keys.length === 0) return [];
    return manager.query(
      `select ${memoryColumns} from memory m where m.content_key = any($1::text[])
         and (m.expires_at is null or m.expires_at > $2) order by m.id for update`,
      [[...keys], now],
    );
  },

  /** Keeps two transactions from storing the same content at once; they come in one order, so that none waits in a ring. */
  async lockContentKeys(manager: EntityManager, keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    await lockInOrder(manager, keys);
  },

  /** The place after the last in each session; who asks next waits until this transaction has taken its places. */
  async nextSequences(manager: EntityManager, sessionIds: readonly string[]): Promise<Map<string, number>> {
    if (sessionIds.length === 0) return new Map();
    await lockInOrder(manager, sessionIds);
    const rows: { session_id: string; next: number }[] = await manager.query(
      'select session_id, max(sequence) + 1 as next from memory where session_id = any($1::text[]) group by session_id',
      [[...sessionIds]],
    );
    const found = new Map(rows.map((row) => [row.session_id, row.next]));
    return new Map(sessionIds.map((id) => [id, found.get(id) ?? 0]));
  },

  /** Everything that the filter matches, locked, the oldest first. */
  async findMatching(manager: EntityManager, filter: MemoryFilter, now: Date): Promise<Memory[]> {
    const p = new Parameters();
    const where = filterSql(filter, p, now);
    return manager.query(`select ${memoryColumns} from memory m where ${where} order by m.id for update`, p.values);
  },

  /** Writes where memories belong and until when they are valid, of many at once. */
  async saveMoved(manager: EntityManager, memories: readonly Memory[]): Promise<void> {
    await manager.query(
      `update memory m set context_id = c.context_id, valid_to = c.valid_to, version = c.version, updated_at = c.updated_at
         from jsonb_to_recordset($1::jsonb) as c(id text, context_id text, valid_to timestamptz, version int, updated_at timestamptz)
        where m.id = c.id`,
      [
        JSON.stringify(
          memories.map(({ id, contextId, validTo, version, updatedAt }) => ({
            id,
            context_id: contextId,
            valid_to: validTo,
            version,
            updated_at: updatedAt,
          })),
        ),
      ],
    );
  },

  /** Removes what the filter matches, with its history, links and vectors; gives what it was. */
  async deleteMatching(manager: EntityManager, filter: MemoryFilter, now: Date): Promise<Memory[]> {
    const found = await this.findMatching(manager, filter, now);
    await this.delete(
      manager,
      found.map(({ id }) => id),
    );
    return found;
  },

  async delete(manager: EntityManager, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const all = [...ids];
    await manager.query(
      `update memory m set link_count = m.link_count - l.links from (
         select other, count(*)::int as links from (
           select to_id as other from memory_relation where from_id = any($1::text[])
           union all select from_id from memory_relation where to_id = any($1::text[])
         ) ends group by other) l where m.id = l.other`,
      [all],
    );
    await manager.query('delete from memory where id = any($1::text[])', [all]);
  },

  async count(manager: EntityManager, filter: MemoryFilter, now: Date): Promise<number> {
    const p = new Parameters();
    const rows: { count: number }[] = await manager.query(
      `select count(*)::int as count from memory m where ${filterSql(filter, p, now)}`,
      p.values,
    );
    return rows[0]?.count ?? 0;
  },

  /** Folds accesses into counts and moves expiries on; a memory that is gone by now is left out. */
  async foldAccesses(
    manager: EntityManager,
    accesses: readonly { id: string; count: number; at: Date }[],
  ): Promise<void> {
    // Locked by id first, as everyone does who locks several: two of them then never wait for each other.
    await manager.query(
      `with a as (
         select * from jsonb_to_recordset($1::jsonb) as a(id text, count int, at timestamptz)
       ), locked as (
         select id from memory where id in (select id from a) order by id for update
       )
       update memory m set access_count = m.access_count + a.count, accessed_at = greatest(m.accessed_at, a.at),
         expires_at = case when m.ttl_seconds is null then null
           else greatest(m.accessed_at, a.at) + make_interval(secs => m.ttl_seconds) end
       from a join locked using (id) where m.id = a.id`,
      [JSON.stringify(accesses)],
    );
  },

  /** Tenants with memories past their expiry; across tenants, so in a system transaction. */
  async tenantsWithExpired(manager: EntityManager, now: Date): Promise<string[]> {
    const rows: { tenant_id: string }[] = await manager.query(
      'select distinct tenant_id from memory where expires_at <= $1',
      [now],
    );
    return rows.map((row) => row.tenant_id);
  },

  async deleteExpired(manager: EntityManager, now: Date, limit: number): Promise<Memory[]> {
    const rows: MemoryRow[] = await manager.query(
      `select ${memoryColumns} from memory m where m.expires_at <= $1 order by m.expires_at limit $2 for update`,
      [now, limit],
    );
    await this.delete(
      manager,
      rows.map(({ id }) => id),
    );
    return rows;
  },
};

/** Locks of this tenant's by name until the transaction ends, taken in one order, so that nobody waits in a ring. */
async function lockInOrder(manager: EntityManager, names: readonly string[]): Promise<void> {
  await manager.query(
    `select pg_advisory_xact_lock(hashtextextended(current_setting('app.tenant_id') || name, 0))
       from (select distinct unnest($1::text[]) as name order by name) names`,
    [[...names]],
  );
}

interface Order {
  readonly ascending: boolean;
  readonly cursorLength: number;
  key(now: () => string): string;
  parameter(p: Parameters, value: CursorPart): string;
}

const byTime = (column: string, ascending: boolean): Order => ({
  ascending,
  cursorLength: 2,
  key: () => `m.${column}`,
  parameter: (p, value) => `${p.add(cursorDate(value))}::timestamptz`,
});

const orders: Readonly<Record<MemoryOrder, Order>> = {
  CREATED_AT_DESC: byTime('created_at', false),
  CREATED_AT_ASC: byTime('created_at', true),
  ACCESSED_AT_DESC: byTime('accessed_at', false),
  RELEVANCE_DESC: {
    ascending: false,
    cursorLength: 3,
    key: (now) => relevanceSql('m', now()),
    parameter: (p, value) => {
      if (typeof value !== 'number') throw badInput('after is not a cursor of this order.', 'after');
      return `${p.add(value)}::float8`;
    },
  },
};

function cursorDate(value: CursorPart): Date {
  const date = new Date(typeof value === 'string' ? value : Number.NaN);
  if (Number.isNaN(date.getTime())) throw badInput('after is not a cursor of this order.', 'after');
  return date;
}

import type { EntityManager } from 'typeorm';

export interface StoredEmbedding {
  readonly memoryId: string;
  readonly tenantId: string;
  readonly model: string;
  readonly vector: Float32Array;
}

/** As pgvector reads it. */
export const vectorText = (vector: Float32Array): string => `[${vector.join(',')}]`;
/** As PostgreSQL reads an array. */
export const arrayText = (vector: Float32Array): string => `{${vector.join(',')}}`;

/** The vectors of memories, by model. */
export const embeddingStore = {
  async upsert(manager: EntityManager, embeddings: readonly StoredEmbedding[]): Promise<void> {
    if (embeddings.length === 0) return;
    await manager.query(
      `insert into memory_embedding (memory_id, tenant_id, model, dims, embedding)
       select e.memory_id, e.tenant_id, e.model, e.dims, e.vector::real[]
         from jsonb_to_recordset($1::jsonb) as e(memory_id text, tenant_id text, model text, dims int, vector text)
       on conflict (memory_id, model) do update set dims = excluded.dims, embedding = excluded.embedding`,
      [
        JSON.stringify(
          embeddings.map(({ memoryId, tenantId, model, vector }) => ({
            memory_id: memoryId,
            tenant_id: tenantId,
            model,
            dims: vector.length,
            vector: arrayText(vector),
          })),
        ),
      ],
    );
  },

  async delete(manager: EntityManager, memoryId: string): Promise<void> {
    await manager.query('delete from memory_embedding where memory_id = $1', [memoryId]);
  },

  /** Tenants with memories that have no vector of this model; across tenants, so in a system transaction. */
  async tenantsWithMissing(manager: EntityManager, model: string): Promise<string[]> {
    const rows: { tenant_id: string }[] = await manager.query(
      `select distinct m.tenant_id from memory m
        where not exists (select from memory_embedding e where e.memory_id = m.id and e.model = $1)`,
      [model],
    );
    return rows.map((row) => row.tenant_id);
  },

  /** With the names of those who speak in the same session. */
  async missing(
    manager: EntityManager,
    model: string,
    limit: number,
  ): Promise<{ id: string; content: string; version: number; actors: string[] }[]> {
    return manager.query(
      `select m.id, m.content, m.version, (
           select coalesce(array_agg(distinct s.actor), '{}') from memory s
            where s.actor is not null and (s.id = m.id or s.session_id = m.session_id)) as actors
         from memory m
        where not exists (select from memory_embedding e where e.memory_id = m.id and e.model = $1) order by m.id limit $2`,
      [model, limit],
    );
  },

  /** Stores the vectors of memories that are still there at the version they were made of; says how many. */
  async insertUnchanged(
    manager: EntityManager,
    embeddings: readonly (StoredEmbedding & { version: number })[],
  ): Promise<number> {
    const rows: { id: string; version: number }[] = await manager.query(
      'select id, version from memory where id = any($1::text[]) for update',
      [embeddings.map(({ memoryId }) => memoryId)],
    );
    const versions = new Map(rows.map(({ id, version }) => [id, version]));
    const current = embeddings.filter(({ memoryId, version }) => versions.get(memoryId) === version);
    await this.upsert(manager, current);
    // The memories themselves are as they were; whoever keeps a copy of them with their vectors is told by this.
    await manager.query('update memory set changed = default where id = any($1::text[])', [
      current.map(({ memoryId }) => memoryId),
    ]);
    return current.length;
  },
};

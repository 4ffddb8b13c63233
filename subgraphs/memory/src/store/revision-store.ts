import type { EntityManager } from 'typeorm';
import type { MemoryRevision } from '../domain/memory.js';
import { revisionEntity } from './memory-schema.js';

/** The versions of memories. */
export const revisionStore = {
  async insert(manager: EntityManager, revisions: readonly MemoryRevision[]): Promise<void> {
    if (revisions.length === 0) return;
    await manager.query(
      `insert into memory_version (memory_id, version, tenant_id, content, changed_at, changed_by, reason)
       select memory_id, version, tenant_id, content, changed_at, changed_by, reason
         from jsonb_populate_recordset(null::memory_version, $1::jsonb)`,
      [
        JSON.stringify(
          revisions.map((revision) => ({
            memory_id: revision.memoryId,
            version: revision.version,
            tenant_id: revision.tenantId,
            content: revision.content,
            changed_at: revision.changedAt,
            changed_by: revision.changedBy,
            reason: revision.reason,
          })),
        ),
      ],
    );
  },

  /** The newest first, at most `first` of each. */
  async newestOfEach(manager: EntityManager, memoryIds: readonly string[], first: number): Promise<MemoryRevision[]> {
    return manager
      .createQueryBuilder(revisionEntity, 'v')
      .where('v.memory_id = any(:ids)', { ids: [...memoryIds] })
      .andWhere(
        '(select count(*) from memory_version n where n.memory_id = v.memory_id and n.version > v.version) < :first',
        { first },
      )
      .orderBy('v.version', 'DESC')
      .getMany();
  },
};

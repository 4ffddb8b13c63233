import { isolateByTenant, type Persistence, sqlMigration } from '@agentos/platform';
import { EntitySchema } from 'typeorm';
import type { Context } from '../domain/context.js';
import type { Memory, MemoryRevision } from '../domain/memory.js';
import type { Relation } from '../domain/relation.js';

export const memoryEntity = new EntitySchema<Memory>({
  name: 'memory',
  columns: {
    id: { type: 'text', primary: true },
    tenantId: { type: 'text', name: 'tenant_id' },
    content: { type: 'text' },
    type: { type: 'text' },
    tags: { type: 'text', array: true },
    contextId: { type: 'text', name: 'context_id', nullable: true },
    projectId: { type: 'text', name: 'project_id', nullable: true },
    agentId: { type: 'text', name: 'agent_id', nullable: true },
    sessionId: { type: 'text', name: 'session_id', nullable: true },
    source: { type: 'text' },
    actor: { type: 'text', nullable: true },
    occurredAt: { type: 'timestamptz', name: 'occurred_at', nullable: true },
    sequence: { type: 'integer', nullable: true },
    trust: { type: 'text' },
    confidence: { type: 'double precision' },
    validationStatus: { type: 'text', name: 'validation_status' },
    validatedAt: { type: 'timestamptz', name: 'validated_at', nullable: true },
    validationEvidence: { type: 'text', name: 'validation_evidence', nullable: true },
    validationExecutionId: { type: 'text', name: 'validation_execution_id', nullable: true },
    validFrom: { type: 'timestamptz', name: 'valid_from', nullable: true },
    validTo: { type: 'timestamptz', name: 'valid_to', nullable: true },
    ttlSeconds: { type: 'integer', name: 'ttl_seconds', nullable: true },
    expiresAt: { type: 'timestamptz', name: 'expires_at', nullable: true },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    updatedAt: { type: 'timestamptz', name: 'updated_at' },
    accessedAt: { type: 'timestamptz', name: 'accessed_at' },
    accessCount: { type: 'integer', name: 'access_count' },
    linkCount: { type: 'integer', name: 'link_count' },
    version: { type: 'integer' },
  },
});

export const revisionEntity = new EntitySchema<MemoryRevision>({
  name: 'memory_version',
  columns: {
    memoryId: { type: 'text', name: 'memory_id', primary: true },
    version: { type: 'integer', primary: true },
    tenantId: { type: 'text', name: 'tenant_id' },
    content: { type: 'text' },
    changedAt: { type: 'timestamptz', name: 'changed_at' },
    changedBy: { type: 'text', name: 'changed_by' },
    reason: { type: 'text', nullable: true },
  },
});

export const relationEntity = new EntitySchema<Relation>({
  name: 'memory_relation',
  columns: {
    id: { type: 'text', primary: true },
    tenantId: { type: 'text', name: 'tenant_id' },
    type: { type: 'text' },
    weight: { type: 'double precision' },
    fromId: { type: 'text', name: 'from_id' },
    toId: { type: 'text', name: 'to_id' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
  },
});

export const contextEntity = new EntitySchema<Context>({
  name: 'memory_context',
  columns: {
    id: { type: 'text', primary: true },
    tenantId: { type: 'text', name: 'tenant_id' },
    name: { type: 'text' },
    description: { type: 'text', nullable: true },
    parentId: { type: 'text', name: 'parent_id', nullable: true },
    projectId: { type: 'text', name: 'project_id', nullable: true },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    archivedAt: { type: 'timestamptz', name: 'archived_at', nullable: true },
  },
});

/**
 * What the ranking needs of a content (`terms`, `asks`, `says_when`) is made when it is written and kept in columns that
 * no entity shows. A PostgreSQL without pgvector keeps vectors as arrays: search is then slower, or Weaviate's.
 */
const memoryMigration = sqlMigration(
  'Memory1763820000000',
  `
do $$ begin
  if exists (select from pg_available_extensions where name = 'vector') then create extension if not exists vector; end if;
end $$;
create table memory_context (
  id text primary key,
  tenant_id text not null,
  name text not null,
  description text,
  parent_id text references memory_context (id),
  project_id text,
  created_at timestamptz not null,
  archived_at timestamptz
);
create index memory_context_parent on memory_context (parent_id) where parent_id is not null;
create index memory_context_project on memory_context (tenant_id, project_id);
create table memory (
  id text primary key,
  tenant_id text not null,
  content text not null,
  type text not null,
  tags text[] not null,
  context_id text references memory_context (id),
  project_id text,
  agent_id text,
  session_id text,
  source text not null,
  actor text,
  occurred_at timestamptz,
  sequence integer,
  trust text not null,
  confidence double precision not null check (confidence between 0 and 1),
  validation_status text not null,
  validated_at timestamptz,
  validation_evidence text,
  validation_execution_id text,
  valid_from timestamptz,
  valid_to timestamptz,
  ttl_seconds integer,
  expires_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  accessed_at timestamptz not null,
  access_count integer not null,
  link_count integer not null,
  version integer not null,
  content_key text not null,
  terms text not null,
  asks boolean not null,
  says_when boolean not null
);
create index memory_created on memory (tenant_id, created_at desc, id desc);
create index memory_accessed on memory (tenant_id, accessed_at desc, id desc);
create index memory_context_of on memory (tenant_id, context_id) where context_id is not null;
create index memory_project on memory (tenant_id, project_id, id desc) where project_id is not null;
create index memory_agent on memory (tenant_id, agent_id, id desc) where agent_id is not null;
create index memory_session on memory (tenant_id, session_id, sequence) where session_id is not null;
create index memory_content_key on memory (tenant_id, content_key);
create index memory_expiry on memory (expires_at) where expires_at is not null;
create index memory_tags on memory using gin (tags);
create index memory_terms on memory using gin (string_to_array(terms, ' '));
create table memory_version (
  memory_id text not null references memory (id) on delete cascade,
  version integer not null,
  tenant_id text not null,
  content text not null,
  changed_at timestamptz not null,
  changed_by text not null,
  reason text,
  primary key (memory_id, version)
);
create table memory_relation (
  id text primary key,
  tenant_id text not null,
  type text not null,
  weight double precision not null check (weight between 0 and 1),
  from_id text not null references memory (id) on delete cascade,
  to_id text not null references memory (id) on delete cascade,
  created_at timestamptz not null,
  unique (from_id, to_id, type)
);
create index memory_relation_to on memory_relation (to_id);
create table memory_embedding (
  memory_id text not null references memory (id) on delete cascade,
  tenant_id text not null,
  model text not null,
  dims integer not null,
  embedding real[] not null,
  primary key (memory_id, model)
);
do $$ begin
  if to_regtype('vector') is not null then alter table memory_embedding alter column embedding type vector using embedding::vector; end if;
end $$;
create table session_context (
  session_id text not null,
  tenant_id text not null,
  context_id text not null references memory_context (id),
  switched_at timestamptz not null,
  primary key (tenant_id, session_id)
);
${isolateByTenant('memory_context')}
${isolateByTenant('memory', { system: ['select'] })}
${isolateByTenant('memory_version')}
${isolateByTenant('memory_relation')}
${isolateByTenant('memory_embedding', { system: ['select'] })}
${isolateByTenant('session_context')}
`,
);

/** `changed` is the transaction that wrote the row last: who keeps a copy asks for what is newer. */
const changedMigration = sqlMigration(
  'MemoryChanged1763820001000',
  `
alter table memory add column changed xid8 not null default pg_current_xact_id();
create function memory_changed() returns trigger language plpgsql as $$ begin new.changed := pg_current_xact_id(); return new; end $$;
create trigger memory_changed before insert or update on memory for each row execute function memory_changed();
create index memory_changed on memory (tenant_id, changed);
`,
);

export const memoryPersistence: Persistence = {
  entities: [memoryEntity, revisionEntity, relationEntity, contextEntity] as Persistence['entities'],
  migrations: [memoryMigration, changedMigration],
};

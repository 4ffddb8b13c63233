import { isolateByTenant, sqlMigration } from '@agentos/platform';
import { EntitySchema } from 'typeorm';
import type { LanguageShare } from '../domain/languages.js';
import type { SourceKind } from '../domain/project.js';

/** A project as its row has it: the source in three columns. */
export interface ProjectRow {
  id: string;
  tenantId: string;
  name: string;
  description: string | null;
  sourceKind: SourceKind;
  sourceLocation: string;
  sourceRevision: string | null;
  languages: LanguageShare[];
  createdAt: Date;
  updatedAt: Date;
}

export const projectEntity = new EntitySchema<ProjectRow>({
  name: 'project',
  columns: {
    id: { type: 'text', primary: true },
    tenantId: { type: 'text', name: 'tenant_id' },
    name: { type: 'text' },
    description: { type: 'text', nullable: true },
    sourceKind: { type: 'text', name: 'source_kind' },
    sourceLocation: { type: 'text', name: 'source_location' },
    sourceRevision: { type: 'text', name: 'source_revision', nullable: true },
    languages: { type: 'jsonb' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    updatedAt: { type: 'timestamptz', name: 'updated_at' },
  },
});

/**
 * The contents of files lie in packs, one blob for each registration or update: a blob per file would mean fifty
 * thousand requests to S3 for one repository. A pack's row is written before its blob, so that no blob is ever without
 * a row, and one that no project came to own is found and removed.
 */
export const projectsMigration = sqlMigration(
  'Projects1763820000000',
  `
create table project (
  id text primary key,
  tenant_id text not null,
  name text not null,
  description text,
  source_kind text not null,
  source_location text not null,
  source_revision text,
  languages jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index project_tenant on project (tenant_id, id desc);
create table project_pack (
  id text primary key,
  tenant_id text not null,
  project_id text references project (id) on delete set null,
  released boolean not null default false,
  created_at timestamptz not null default now()
);
create index project_pack_project on project_pack (project_id);
create index project_pack_unowned on project_pack (created_at) where project_id is null;
create table project_file (
  project_id text not null references project (id) on delete cascade,
  path text collate "C" not null,
  tenant_id text not null,
  sha256 text not null,
  bytes bigint not null,
  lines integer not null,
  language text,
  pack_id text references project_pack (id),
  pack_offset bigint,
  primary key (project_id, path)
);
create index project_file_pack on project_file (pack_id) where pack_id is not null;
${isolateByTenant('project')}
${isolateByTenant('project_pack', { system: ['select', 'delete'] })}
${isolateByTenant('project_file')}
`,
);

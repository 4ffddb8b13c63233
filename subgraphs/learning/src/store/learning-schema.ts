import { isolateByTenant, sqlMigration } from '@agentos/platform';
import { EntitySchema } from 'typeorm';
import type { Dataset } from '../domain/dataset.js';

export const datasetEntity = new EntitySchema<Dataset>({
  name: 'dataset',
  columns: {
    id: { type: 'text', primary: true },
    tenantId: { type: 'text', name: 'tenant_id' },
    name: { type: 'text' },
    source: { type: 'text' },
    projectId: { type: 'text', name: 'project_id', nullable: true },
    rowCount: { type: 'integer', name: 'row_count' },
    measured: { type: 'jsonb' },
    measuredRows: { type: 'integer', name: 'measured_rows' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    updatedAt: { type: 'timestamptz', name: 'updated_at' },
  },
});

/** Rows are `json`, not `jsonb`: the order of columns is theirs. */
export const learningMigration = sqlMigration(
  'Learning1763830000000',
  `
create table dataset (
  id text primary key,
  tenant_id text not null,
  name text not null,
  source text not null,
  project_id text,
  row_count integer not null,
  measured jsonb not null,
  measured_rows integer not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create table dataset_row (
  dataset_id text not null references dataset (id) on delete cascade,
  seq integer not null,
  tenant_id text not null,
  value json not null,
  primary key (dataset_id, seq)
);
create table metric_point (
  tenant_id text not null,
  subject text not null,
  metric text not null,
  at timestamptz not null,
  value double precision not null,
  tags jsonb
);
create index metric_point_series on metric_point (tenant_id, subject, metric, at);
${isolateByTenant('dataset')}
${isolateByTenant('dataset_row')}
${isolateByTenant('metric_point')}
`,
);

import { isolateByTenant, sqlMigration } from '@agentos/platform';
import { EntitySchema } from 'typeorm';
import type { Execution } from '../domain/execution.js';

export const executionEntity = new EntitySchema<Execution>({
  name: 'execution',
  columns: {
    id: { type: 'text', primary: true },
    tenantId: { type: 'text', name: 'tenant_id' },
    runtime: { type: 'text' },
    status: { type: 'text' },
    failure: { type: 'jsonb', nullable: true },
    exitCode: { type: 'int', name: 'exit_code', nullable: true },
    signal: { type: 'text', nullable: true },
    truncated: { type: 'boolean' },
    usage: { type: 'jsonb', nullable: true },
    limits: { type: 'jsonb' },
    isolation: { type: 'text' },
    agentId: { type: 'text', name: 'agent_id', nullable: true },
    projectId: { type: 'text', name: 'project_id', nullable: true },
    sessionId: { type: 'text', name: 'session_id', nullable: true },
    cached: { type: 'boolean' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    startedAt: { type: 'timestamptz', name: 'started_at', nullable: true },
    finishedAt: { type: 'timestamptz', name: 'finished_at', nullable: true },
    timing: { type: 'jsonb', nullable: true },
    stdout: { type: 'bytea', nullable: true },
    stderr: { type: 'bytea', nullable: true },
    owner: { type: 'text', nullable: true },
    leaseUntil: { type: 'timestamptz', name: 'lease_until', nullable: true },
    cancelRequested: { type: 'boolean', name: 'cancel_requested' },
  },
});

export const executionMigration = sqlMigration(
  'Execution1763820000000',
  `
create table execution (
  id text primary key,
  tenant_id text not null,
  runtime text not null,
  status text not null,
  failure jsonb,
  exit_code int,
  signal text,
  truncated boolean not null default false,
  usage jsonb,
  limits jsonb not null,
  isolation text not null,
  agent_id text,
  project_id text,
  session_id text,
  cached boolean not null default false,
  created_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  timing jsonb,
  stdout bytea,
  stderr bytea,
  owner text,
  lease_until timestamptz,
  cancel_requested boolean not null default false
);
create index execution_newest on execution (tenant_id, id desc);
create index execution_agent on execution (tenant_id, agent_id, id desc) where agent_id is not null;
create index execution_project on execution (tenant_id, project_id, id desc) where project_id is not null;
create index execution_session on execution (tenant_id, session_id, id desc) where session_id is not null;
create index execution_unfinished on execution (lease_until) where finished_at is null;
${isolateByTenant('execution', { system: ['select', 'update'] })}
`,
);

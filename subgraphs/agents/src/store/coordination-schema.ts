import { isolateByTenant, sqlMigration } from '@agentos/platform';
import { EntitySchema } from 'typeorm';
import type { Task } from '../domain/task.js';

export const taskEntity = new EntitySchema<Task>({
  name: 'task',
  columns: {
    id: { type: 'text', primary: true },
    tenantId: { type: 'text', name: 'tenant_id' },
    title: { type: 'text' },
    payload: { type: 'json', nullable: true },
    requiredCapabilities: { type: 'text', array: true, name: 'required_capabilities' },
    priority: { type: 'integer' },
    state: { type: 'text' },
    dependsOn: { type: 'text', array: true, name: 'depends_on' },
    assigneeId: { type: 'text', name: 'assignee_id', nullable: true },
    projectId: { type: 'text', name: 'project_id', nullable: true },
    attempts: { type: 'integer' },
    maxAttempts: { type: 'integer', name: 'max_attempts' },
    notBefore: { type: 'timestamptz', name: 'not_before', nullable: true },
    leaseExpiresAt: { type: 'timestamptz', name: 'lease_expires_at', nullable: true },
    fencingToken: { type: 'bigint', name: 'fencing_token' },
    progress: { type: 'double precision', nullable: true },
    result: { type: 'json', nullable: true },
    error: { type: 'text', nullable: true },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    finishedAt: { type: 'timestamptz', name: 'finished_at', nullable: true },
  },
});

/**
 * One sequence gives the fencing tokens of all tasks and locks: a token then grows even where a lock's row went with
 * its release. Times of leases are the database's own, so that clocks of servers that disagree hurt nobody.
 */
export const coordinationMigration = sqlMigration(
  'AgentsCoordination1763810500000',
  `
create sequence fencing_token;
grant usage on sequence fencing_token to agentos_app;
create table task (
  id text primary key,
  tenant_id text not null,
  title text not null,
  payload json,
  required_capabilities text[] not null,
  priority integer not null,
  state text not null,
  depends_on text[] not null,
  assignee_id text references agent (id),
  project_id text,
  attempts integer not null default 0,
  max_attempts integer not null,
  not_before timestamptz,
  lease_expires_at timestamptz,
  fencing_token bigint not null default 0,
  progress double precision,
  result json,
  error text,
  idempotency_key text,
  fingerprint text not null,
  created_at timestamptz not null,
  finished_at timestamptz
);
create unique index task_idempotency on task (tenant_id, idempotency_key) where idempotency_key is not null;
create index task_ready on task (tenant_id, priority desc, id) where state = 'READY';
create index task_claimed on task (lease_expires_at) where state = 'CLAIMED';
create index task_blocked on task using gin (depends_on) where state = 'BLOCKED';
create index task_tenant on task (tenant_id, id desc);
create index task_assignee on task (assignee_id, id desc) where assignee_id is not null;
create index task_project on task (tenant_id, project_id, id desc) where project_id is not null;
create table agent_lock (
  tenant_id text not null,
  name text not null,
  holder text not null,
  fencing_token bigint not null,
  expires_at timestamptz not null,
  primary key (tenant_id, name)
);
${isolateByTenant('task', { system: ['select'] })}
${isolateByTenant('agent_lock', { system: ['select', 'delete'] })}
`,
);

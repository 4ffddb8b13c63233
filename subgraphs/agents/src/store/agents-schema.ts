import { isolateByTenant, sqlMigration } from '@agentos/platform';
import { EntitySchema } from 'typeorm';
import type { Agent } from '../domain/agent.js';
import type { Session } from '../domain/session.js';

export const agentEntity = new EntitySchema<Agent>({
  name: 'agent',
  columns: {
    id: { type: 'text', primary: true },
    tenantId: { type: 'text', name: 'tenant_id' },
    name: { type: 'text' },
    kind: { type: 'text' },
    capabilities: { type: 'text', array: true },
    lastSeenAt: { type: 'timestamptz', name: 'last_seen_at', nullable: true },
    retiredAt: { type: 'timestamptz', name: 'retired_at', nullable: true },
    createdAt: { type: 'timestamptz', name: 'created_at' },
  },
});

export const sessionEntity = new EntitySchema<Session>({
  name: 'session',
  columns: {
    id: { type: 'text', primary: true },
    tenantId: { type: 'text', name: 'tenant_id' },
    agentId: { type: 'text', name: 'agent_id' },
    projectId: { type: 'text', name: 'project_id', nullable: true },
    title: { type: 'text', nullable: true },
    startedAt: { type: 'timestamptz', name: 'started_at' },
    endedAt: { type: 'timestamptz', name: 'ended_at', nullable: true },
  },
});

export const agentsMigration = sqlMigration(
  'Agents1763810000000',
  `
create table agent (
  id text primary key,
  tenant_id text not null,
  name text not null,
  kind text not null,
  capabilities text[] not null,
  last_seen_at timestamptz,
  retired_at timestamptz,
  created_at timestamptz not null,
  unique (tenant_id, name)
);
create index agent_capabilities on agent using gin (capabilities);
create table session (
  id text primary key,
  tenant_id text not null,
  agent_id text not null references agent (id),
  project_id text,
  title text,
  started_at timestamptz not null,
  ended_at timestamptz
);
create index session_agent on session (tenant_id, agent_id, id desc);
create index session_project on session (tenant_id, project_id, id desc) where project_id is not null;
${isolateByTenant('agent')}
${isolateByTenant('session')}
`,
);

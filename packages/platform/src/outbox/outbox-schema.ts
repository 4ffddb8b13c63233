import { sqlMigration } from '../sql/migration.js';
import { createRoles, isolateByTenant } from '../sql/tenancy.js';

/**
 * Events wait here for the relay, which gives each its `seq`: ids are drawn before their transactions commit and so
 * may appear out of order, `seq` is given after and never does.
 */
export const outboxMigration = sqlMigration(
  'Outbox1763800000000',
  `
${createRoles}
create table outbox (
  id bigint generated always as identity primary key,
  tenant_id text not null,
  topic text not null,
  key text not null,
  type text not null,
  payload jsonb not null,
  trace_id text,
  created_at timestamptz not null,
  seq bigint unique,
  published boolean not null default false
);
create sequence outbox_seq;
create index outbox_pending on outbox (id) where not published;
create index outbox_tail on outbox (tenant_id, topic, seq);
${isolateByTenant('outbox', { app: ['select', 'insert'], system: ['select', 'update', 'delete'] })}
grant usage on sequence outbox_seq to agentos_system;
`,
);

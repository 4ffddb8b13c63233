import { sqlMigration } from '../sql/migration.js';
import { isolateByTenant } from '../sql/tenancy.js';

export const idempotencyMigration = sqlMigration(
  'Idempotency1763800002000',
  `
create table idempotency_effect (
  tenant_id text not null,
  principal_id text not null,
  key text not null,
  path text not null,
  fingerprint text not null,
  result bytea,
  created_at timestamptz not null default now(),
  primary key (tenant_id, principal_id, key, path)
);
create table idempotency_response (
  tenant_id text not null,
  principal_id text not null,
  key text not null,
  fingerprint text not null,
  response text,
  created_at timestamptz not null default now(),
  primary key (tenant_id, principal_id, key)
);
create index idempotency_effect_age on idempotency_effect (created_at);
create index idempotency_response_age on idempotency_response (created_at);
${isolateByTenant('idempotency_effect', { app: ['select', 'insert', 'update'], system: ['select', 'delete'] })}
${isolateByTenant('idempotency_response', { app: ['select', 'insert', 'update'], system: ['select', 'delete'] })}
`,
);

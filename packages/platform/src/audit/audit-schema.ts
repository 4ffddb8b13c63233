import { sqlMigration } from '../sql/migration.js';
import { isolateByTenant } from '../sql/tenancy.js';

/**
 * The audit log: one chain of lines per tenant, appended from a locked head row in the transaction of the change.
 * The hash is over exactly the text that `auditLineText` (audit-line.ts) builds, so that it can be checked outside.
 */
export const auditMigration = sqlMigration(
  'Audit1763800001000',
  `
create table audit_head (
  tenant_id text primary key,
  seq bigint not null,
  hash text not null
);
create table audit_log (
  tenant_id text not null,
  seq bigint not null,
  id text not null unique,
  at text not null,
  type text not null,
  severity text not null,
  principal_id text,
  action text not null,
  resource text,
  outcome text not null,
  source_ip text,
  trace_id text,
  details text,
  prev_hash text not null,
  hash text not null,
  primary key (tenant_id, seq)
);
create function audit_append(
  p_tenant text, p_id text, p_at text, p_type text, p_severity text, p_principal text, p_action text,
  p_resource text, p_outcome text, p_source_ip text, p_trace text, p_details text
) returns bigint language plpgsql as $$
declare head audit_head; line_hash text;
begin
  insert into audit_head (tenant_id, seq, hash) values (p_tenant, 0, repeat('0', 64)) on conflict do nothing;
  select * into head from audit_head where tenant_id = p_tenant for update;
  line_hash := encode(sha256(convert_to(
    jsonb_build_array(head.hash, p_tenant, head.seq + 1, p_id, p_at, p_type, p_severity, p_principal, p_action,
      p_resource, p_outcome, p_source_ip, p_trace, p_details)::text, 'UTF8')), 'hex');
  insert into audit_log values (p_tenant, head.seq + 1, p_id, p_at, p_type, p_severity, p_principal, p_action,
    p_resource, p_outcome, p_source_ip, p_trace, p_details, head.hash, line_hash);
  update audit_head set seq = head.seq + 1, hash = line_hash where tenant_id = p_tenant;
  return head.seq + 1;
end $$;
create function audit_refuse() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is append-only' using errcode = '42501';
end $$;
create trigger audit_log_no_change before update or delete on audit_log for each row execute function audit_refuse();
create trigger audit_log_no_truncate before truncate on audit_log for each statement execute function audit_refuse();
${isolateByTenant('audit_head', { app: ['select', 'insert', 'update'], system: ['select'] })}
${isolateByTenant('audit_log', { app: ['select', 'insert'], system: ['select'] })}
`,
);

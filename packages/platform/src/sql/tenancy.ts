/**
 * SQL that every migration uses to put a table under row-level security. Two roles, neither of which owns anything or
 * can log in: `agentos_app` sees one tenant, the one that the transaction names; `agentos_system` sees across tenants
 * where a table says so (relay, sweepers, the look-up of a credential).
 */
export const createRoles = `
do $$ begin
  begin create role agentos_app nologin nobypassrls; exception when duplicate_object or unique_violation then null; end;
  begin create role agentos_system nologin nobypassrls; exception when duplicate_object or unique_violation then null; end;
end $$;
grant agentos_app to current_user;
grant agentos_system to current_user;
do $$ begin execute format('grant usage on schema %I to agentos_app, agentos_system', current_schema()); end $$;
`;

type Verb = 'select' | 'insert' | 'update' | 'delete';

/**
 * Isolates `table` (which has a `tenant_id text not null`) by tenant.
 * @param options.app what a tenant's transaction may do @default all four
 * @param options.system what the system role may do, over all tenants @default nothing
 */
export function isolateByTenant(table: string, options: { app?: Verb[]; system?: Verb[] } = {}): string {
  const app = options.app ?? ['select', 'insert', 'update', 'delete'];
  const system = options.system ?? [];
  const statements = [
    `alter table ${table} enable row level security`,
    `alter table ${table} force row level security`,
    `create policy tenant on ${table} to agentos_app using (tenant_id = current_setting('app.tenant_id', true)) with check (tenant_id = current_setting('app.tenant_id', true))`,
    `grant ${app.join(', ')} on ${table} to agentos_app`,
  ];
  if (system.length > 0) {
    statements.push(`create policy system on ${table} to agentos_system using (true) with check (true)`);
    statements.push(`grant ${system.join(', ')} on ${table} to agentos_system`);
  }
  return `${statements.join(';\n')};`;
}

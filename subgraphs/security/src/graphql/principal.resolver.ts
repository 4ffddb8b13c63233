import { notFound, permissions } from '@agentos/kernel';
import { change, Guard } from '@agentos/subgraph-kit';
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { permissionsOfRole, permissionsOfRoles } from '../domain/grants.js';
import type { Principal, Role } from '../domain/principal.js';
import type { Tenant } from '../domain/tenant.js';
import type { PrincipalService } from '../service/principal-service.js';
import { CreatePrincipalInput, CreateRoleInput } from './identity.input.js';
import { PrincipalType, QuotaType, RoleType, TenantType } from './identity.type.js';
import type { SecurityContext } from './loaders.js';

/** A principal; of `me`, with what this very request may do. */
type PrincipalSource = Pick<Principal, 'id' | 'kind' | 'name'> & { granted?: ReadonlySet<string> };

const inOrder = (granted: ReadonlySet<string>) => permissions.filter((permission) => granted.has(permission));

@Resolver(() => PrincipalType)
export class PrincipalResolver {
  constructor(private readonly principals: PrincipalService) {}

  @Query(() => PrincipalType, { description: 'Who is asking; its permissions are those of the key that it asks with.' })
  @Guard('self:read')
  me(@Ctx() { request }: SecurityContext): PrincipalSource {
    return { ...request.principal, granted: request.permissions };
  }

  @Query(() => [PrincipalType], { name: 'principals', description: 'The newest first.' })
  @Guard('security:read')
  listPrincipals(
    @Ctx() ctx: SecurityContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 50 }) first: number | null,
  ) {
    return this.principals.list(ctx.request, first ?? 50);
  }

  @Mutation(() => PrincipalType)
  @Guard('security:admin')
  createPrincipal(@Arg('input', () => CreatePrincipalInput) input: CreatePrincipalInput, @Ctx() ctx: SecurityContext) {
    return change(() => this.principals.create(ctx.request, input));
  }

  @Mutation(() => PrincipalType, { description: 'The roles given are all that the principal has from then on.' })
  @Guard('security:admin')
  assignRoles(
    @Arg('principalId', () => ID) principalId: string,
    @Arg('roles', () => [String]) roles: string[],
    @Ctx() ctx: SecurityContext,
  ) {
    return change(() => this.principals.assignRoles(ctx.request, principalId, roles));
  }

  @FieldResolver(() => TenantType)
  @Guard('self:read')
  tenant(@Ctx() ctx: SecurityContext) {
    return ownTenant(ctx);
  }

  @FieldResolver(() => [RoleType])
  @Guard('self:read')
  roles(@Root() principal: PrincipalSource, @Ctx() { loaders }: SecurityContext) {
    return loaders.rolesOf.load(principal.id);
  }

  @FieldResolver(() => [String], { name: 'permissions', description: 'What its roles allow it together.' })
  @Guard('self:read')
  async listPermissions(@Root() principal: PrincipalSource, @Ctx() { loaders }: SecurityContext) {
    return inOrder(principal.granted ?? permissionsOfRoles(await loaders.rolesOf.load(principal.id)));
  }
}

@Resolver(() => RoleType)
export class RoleResolver {
  constructor(private readonly principals: PrincipalService) {}

  @Query(() => [RoleType], { name: 'roles', description: 'The built-in ones first.' })
  @Guard('security:read')
  listRoles(@Ctx() ctx: SecurityContext) {
    return this.principals.listRoles(ctx.request);
  }

  @Mutation(() => RoleType)
  @Guard('security:admin')
  createRole(@Arg('input', () => CreateRoleInput) input: CreateRoleInput, @Ctx() ctx: SecurityContext) {
    return change(() => this.principals.createRole(ctx.request, input));
  }

  @FieldResolver(() => [String], { name: 'permissions' })
  listPermissions(@Root() role: Role) {
    return inOrder(new Set(permissionsOfRole(role)));
  }
}

@Resolver(() => TenantType)
export class TenantResolver {
  @Query(() => TenantType, { description: "The caller's own." })
  @Guard('self:read')
  tenant(@Ctx() ctx: SecurityContext) {
    return ownTenant(ctx);
  }

  @FieldResolver(() => [QuotaType], { name: 'quotas', description: 'Those that are set; none can be set yet.' })
  listQuotas(): QuotaType[] {
    return [];
  }
}

async function ownTenant({ request, loaders }: SecurityContext): Promise<Tenant> {
  const tenant = await loaders.tenant.load(request.tenantId);
  if (tenant === null) throw notFound('tenant', request.tenantId);
  return tenant;
}

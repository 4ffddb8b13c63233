import type { PrincipalKind } from '@agentos/kernel';
import { BigIntScalar, DateTime, Guard } from '@agentos/subgraph-kit';
import { Directive, Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import type { ApiKey } from '../domain/api-key.js';
import type { Principal, Role } from '../domain/principal.js';
import type { Tenant } from '../domain/tenant.js';

// Simple resolvers throughout: a plain property is read without a second look at the permission of its type, which the
// field that led there has checked. So `me` tells anyone who they are, and who may write a line may read their own.

export enum PrincipalKindEnum {
  USER = 'USER',
  AGENT = 'AGENT',
  SERVICE = 'SERVICE',
}
registerEnumType(PrincipalKindEnum, { name: 'PrincipalKind' });

@ObjectType('Quota')
export class QuotaType {
  @Field(() => String)
  name!: string;
  @Field(() => BigIntScalar)
  limit!: bigint;
  @Field(() => BigIntScalar)
  used!: bigint;
  @Field(() => DateTime, { nullable: true })
  resetsAt!: Date | null;
}

@Directive('@key(fields: "id")')
@Guard('self:read')
@ObjectType('Tenant', { description: 'Whose data it is: no tenant sees anything of another.' })
export class TenantType implements Omit<Tenant, 'tenantId' | 'isFirst'> {
  @Field(() => ID)
  id!: string;
  @Field(() => String)
  name!: string;
  @Field(() => DateTime)
  createdAt!: Date;
}

@Directive('@key(fields: "id")')
@Guard('security:read')
@ObjectType('Principal', { description: 'Whoever acts: a user, an agent, a service.' })
export class PrincipalType implements Omit<Principal, 'tenantId' | 'createdAt'> {
  @Field(() => ID)
  id!: string;
  @Field(() => PrincipalKindEnum)
  kind!: PrincipalKind;
  @Field(() => String)
  name!: string;
}

@ObjectType('Role', { description: 'A set of permissions that principals are given together.' })
export class RoleType implements Omit<Role, 'tenantId' | 'permissions' | 'createdAt'> {
  @Field(() => ID)
  id!: string;
  @Field(() => String, { description: 'Unique in the tenant.' })
  name!: string;
  @Field(() => Boolean, { description: 'Every tenant has it, and nobody can change it.' })
  builtIn!: boolean;
}

@ObjectType('ApiKey')
export class ApiKeyType implements Omit<ApiKey, 'tenantId' | 'principalId' | 'hash'> {
  @Field(() => ID)
  id!: string;
  @Field(() => String)
  name!: string;
  @Field(() => String, {
    description: 'The first characters, to tell keys apart; the key itself is shown once, when made.',
  })
  prefix!: string;
  @Field(() => [String], { description: 'What it may do at most: permissions, or * for all that its principal may.' })
  scopes!: string[];
  @Field(() => DateTime)
  createdAt!: Date;
  @Field(() => DateTime, { nullable: true })
  expiresAt!: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'Written down some seconds late.' })
  lastUsedAt!: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'In force everywhere within a second.' })
  revokedAt!: Date | null;
}

@ObjectType('CreatedApiKey')
export class CreatedApiKeyType {
  @Field(() => ApiKeyType)
  apiKey!: ApiKeyType;
  @Field(() => String, { description: 'The key itself: this is the only time that it is shown.' })
  secret!: string;
}

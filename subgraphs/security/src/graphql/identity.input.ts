import type { PrincipalKind } from '@agentos/kernel';
import { Field, ID, InputType, Int } from 'type-graphql';
import { PrincipalKindEnum } from './identity.type.js';

@InputType()
export class CreatePrincipalInput {
  @Field(() => PrincipalKindEnum)
  kind!: PrincipalKind;
  @Field(() => String)
  name!: string;
  @Field(() => [String], { description: 'Names of roles.' })
  roles!: string[];
}

@InputType()
export class CreateRoleInput {
  @Field(() => String)
  name!: string;
  @Field(() => [String])
  permissions!: string[];
}

@InputType()
export class CreateApiKeyInput {
  @Field(() => String)
  name!: string;
  @Field(() => ID, { nullable: true, description: 'The caller, where it is left out.' })
  principalId?: string | null;
  @Field(() => [String], {
    description: 'Permissions, or * for all that the principal may do; never more than the caller may.',
  })
  scopes!: string[];
  @Field(() => Int, { nullable: true, description: 'Never, where it is left out.' })
  expiresInSeconds?: number | null;
}

import { DateTime, Guard, JSONScalar } from '@agentos/subgraph-kit';
import { Directive, Field, Float, ID, ObjectType, registerEnumType } from 'type-graphql';

export enum PluginKindEnum {
  FUNCTION = 'FUNCTION',
  SUBGRAPH = 'SUBGRAPH',
}
registerEnumType(PluginKindEnum, { name: 'PluginKind' });

export enum PluginStateEnum {
  INSTALLED = 'INSTALLED',
  ENABLED = 'ENABLED',
  DISABLED = 'DISABLED',
  FAILED = 'FAILED',
}
registerEnumType(PluginStateEnum, { name: 'PluginState' });

@Directive('@key(fields: "id", resolvable: false)')
@ObjectType('Execution')
export class ExecutionReference {
  @Field(() => ID)
  id!: string;
}

@ObjectType('PluginInvocation')
export class PluginInvocationType {
  @Field(() => ID)
  id!: string;
  @Field(() => String, { nullable: true })
  hook?: string | null;
  @Field(() => String)
  status!: string;
  @Field(() => Float)
  durationMs!: number;
  @Field(() => String, { nullable: true })
  error?: string | null;
  @Field(() => DateTime)
  at!: Date;
  @Field(() => ExecutionReference, { nullable: true })
  execution?: ExecutionReference | null;
}

@Directive('@key(fields: "id")')
@Guard('plugins:read')
@ObjectType('Plugin', {
  description:
    'Either a sandboxed function called on events and by name, or a subgraph of its own that joins the graph.',
})
export class PluginType {
  @Field(() => ID)
  id!: string;
  @Field(() => String)
  name!: string;
  @Field(() => String)
  version!: string;
  @Field(() => PluginKindEnum)
  kind!: PluginKindEnum;
  @Field(() => String, { nullable: true })
  description?: string | null;
  @Field(() => [String])
  permissions!: string[];
  @Field(() => [String])
  hooks!: string[];
  @Field(() => PluginStateEnum)
  state!: PluginStateEnum;
  @Field(() => String, { nullable: true })
  lastError?: string | null;
  @Field(() => DateTime)
  installedAt!: Date;
}

@ObjectType('PluginHook', { description: 'Something that happens and that a plugin can be called on.' })
export class PluginHookType {
  @Field(() => String)
  name!: string;
  @Field(() => String)
  description!: string;
  @Field(() => JSONScalar)
  payloadSchema!: unknown;
}

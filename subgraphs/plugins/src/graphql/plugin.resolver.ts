import { type AgentOSError, pageSize, requireId, unavailable } from '@agentos/kernel';
import { Guard, JSONScalar } from '@agentos/subgraph-kit';
import { Arg, FieldResolver, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import { InstallPluginInput } from './plugin.input.js';
import { PluginHookType, PluginInvocationType, PluginStateEnum, PluginType } from './plugin.type.js';

const notServed = (): AgentOSError =>
  unavailable('This version of the server does not take plugins yet: none can be installed or called.', {
    retryable: false,
  });

/**
 * No plugin can be installed yet, so there are none to list and no hook to call them on; what would change that is in
 * the schema for clients to be written against, and refuses.
 */
@Resolver(() => PluginType)
export class PluginResolver {
  @Query(() => PluginType, { nullable: true })
  @Guard('plugins:read')
  plugin(@Arg('id', () => ID) id: string): PluginType | null {
    requireId(id, 'plugin', 'id');
    return null;
  }

  @Query(() => [PluginType])
  @Guard('plugins:read')
  plugins(
    @Arg('state', () => PluginStateEnum, { nullable: true }) _state: PluginStateEnum | null | undefined,
    @Arg('first', () => Int, { nullable: true, defaultValue: 50 }) first: number | null,
  ): PluginType[] {
    pageSize(first);
    return [];
  }

  @Query(() => [PluginHookType], { description: 'What a plugin can be called on.' })
  @Guard('plugins:read')
  pluginHooks(): PluginHookType[] {
    return [];
  }

  @Mutation(() => PluginType, {
    description:
      "Refused, with the reasons, where a subgraph does not compose with the graph or a permission is not the caller's to give.",
  })
  @Guard('plugins:write')
  installPlugin(@Arg('input', () => InstallPluginInput) _input: InstallPluginInput): PluginType {
    throw notServed();
  }

  @Mutation(() => PluginType)
  @Guard('plugins:write')
  enablePlugin(@Arg('id', () => ID) id: string): PluginType {
    requireId(id, 'plugin', 'id');
    throw notServed();
  }

  @Mutation(() => PluginType)
  @Guard('plugins:write')
  disablePlugin(@Arg('id', () => ID) id: string): PluginType {
    requireId(id, 'plugin', 'id');
    throw notServed();
  }

  @Mutation(() => Boolean)
  @Guard('plugins:write')
  uninstallPlugin(@Arg('id', () => ID) id: string): boolean {
    requireId(id, 'plugin', 'id');
    throw notServed();
  }

  @Mutation(() => JSONScalar)
  @Guard('plugins:write')
  invokePlugin(@Arg('id', () => ID) id: string, @Arg('input', () => JSONScalar) _input: unknown): unknown {
    requireId(id, 'plugin', 'id');
    throw notServed();
  }

  @FieldResolver(() => [PluginInvocationType])
  invocations(
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) _first: number | null,
  ): PluginInvocationType[] {
    throw notServed();
  }
}

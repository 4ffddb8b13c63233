import { notFound, requireId, unavailable } from '@agentos/kernel';
import { change, Guard } from '@agentos/subgraph-kit';
import { Arg, FieldResolver, ID, Int, Mutation, Query, Resolver, Subscription } from 'type-graphql';
import {
  CreateEnvironmentInput,
  EnvironmentType,
  FileContent,
  FileEntry,
  ResourceAllocation,
} from './environment.type.js';
import { FileInput } from './execution.input.js';
import { ExecutionConnection } from './execution.type.js';
import { ResourceLimitsInput, ResourceUsageType } from './resources.type.js';

/** There are no environments yet: none can be made, so none is found. */
function noEnvironment(id: string, field: string): never {
  throw notFound('environment', requireId(id, 'env', field));
}

function notYet(): never {
  throw unavailable('Environments are not served yet: each execute gets a sandbox of its own.', { retryable: false });
}

@Resolver(() => EnvironmentType)
export class EnvironmentResolver {
  @Query(() => EnvironmentType, { nullable: true })
  @Guard('execution:read')
  environment(@Arg('id', () => ID) id: string) {
    requireId(id, 'env', 'id');
    return null;
  }

  @Query(() => [EnvironmentType])
  @Guard('execution:read')
  environments(@Arg('first', () => Int, { nullable: true, defaultValue: 50 }) _first: number | null) {
    return [];
  }

  @Query(() => FileContent, { nullable: true })
  @Guard('execution:read')
  environmentFile(
    @Arg('environmentId', () => ID) environmentId: string,
    @Arg('path', () => String) _path: string,
  ): FileContent | null {
    return noEnvironment(environmentId, 'environmentId');
  }

  @Mutation(() => EnvironmentType)
  @Guard('execution:run')
  createEnvironment(@Arg('input', () => CreateEnvironmentInput) _input: CreateEnvironmentInput) {
    return change(async (): Promise<EnvironmentType> => notYet());
  }

  @Mutation(() => Boolean)
  @Guard('execution:run')
  destroyEnvironment(@Arg('id', () => ID) id: string) {
    return change(async (): Promise<boolean> => noEnvironment(id, 'id'));
  }

  @Mutation(() => EnvironmentType)
  @Guard('execution:run')
  pauseEnvironment(@Arg('id', () => ID) id: string) {
    return change(async (): Promise<EnvironmentType> => noEnvironment(id, 'id'));
  }

  @Mutation(() => EnvironmentType)
  @Guard('execution:run')
  resumeEnvironment(@Arg('id', () => ID) id: string) {
    return change(async (): Promise<EnvironmentType> => noEnvironment(id, 'id'));
  }

  @Mutation(() => ResourceAllocation)
  @Guard('execution:run')
  allocateResources(
    @Arg('environmentId', () => ID) environmentId: string,
    @Arg('limits', () => ResourceLimitsInput) _limits: ResourceLimitsInput,
  ) {
    return change(async (): Promise<ResourceAllocation> => noEnvironment(environmentId, 'environmentId'));
  }

  @Mutation(() => [FileEntry])
  @Guard('execution:run')
  writeFiles(
    @Arg('environmentId', () => ID) environmentId: string,
    @Arg('files', () => [FileInput]) _files: FileInput[],
  ) {
    return change(async (): Promise<FileEntry[]> => noEnvironment(environmentId, 'environmentId'));
  }

  @Mutation(() => Boolean)
  @Guard('execution:run')
  removeFile(@Arg('environmentId', () => ID) environmentId: string, @Arg('path', () => String) _path: string) {
    return change(async (): Promise<boolean> => noEnvironment(environmentId, 'environmentId'));
  }

  @Subscription(() => ResourceUsageType, {
    subscribe: ({ args }) => noEnvironment(args['environmentId'] as string, 'environmentId'),
  })
  @Guard('execution:read')
  resourceUsage(
    @Arg('environmentId', () => ID) environmentId: string,
    @Arg('intervalMs', () => Int, { nullable: true, defaultValue: 1000 }) _intervalMs: number | null,
  ): ResourceUsageType {
    return noEnvironment(environmentId, 'environmentId');
  }

  @FieldResolver(() => [FileEntry])
  files(
    @Arg('path', () => String, { nullable: true, defaultValue: '/' }) _path: string | null,
    @Arg('recursive', () => Boolean, { nullable: true, defaultValue: false }) _recursive: boolean | null,
  ): FileEntry[] {
    return notYet();
  }

  @FieldResolver(() => ExecutionConnection)
  executions(
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) _first: number | null,
    @Arg('after', () => String, { nullable: true }) _after: string | null | undefined,
  ): ExecutionConnection {
    return notYet();
  }
}

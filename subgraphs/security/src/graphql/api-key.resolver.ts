import { change, Guard } from '@agentos/subgraph-kit';
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { ApiKey } from '../domain/api-key.js';
import type { ApiKeyService, MadeApiKey } from '../service/api-key-service.js';
import { CreateApiKeyInput } from './identity.input.js';
import { ApiKeyType, CreatedApiKeyType, PrincipalType } from './identity.type.js';
import type { SecurityContext } from './loaders.js';

@Resolver(() => ApiKeyType)
export class ApiKeyResolver {
  constructor(private readonly apiKeys: ApiKeyService) {}

  @Query(() => [ApiKeyType], { name: 'apiKeys', description: 'The newest first, those that have ended included.' })
  @Guard('security:read')
  listApiKeys(
    @Ctx() ctx: SecurityContext,
    @Arg('principalId', () => ID, { nullable: true }) principalId: string | null | undefined,
    @Arg('first', () => Int, { nullable: true, defaultValue: 50 }) first: number | null,
  ) {
    return this.apiKeys.list(ctx.request, { principalId: principalId ?? undefined, first: first ?? 50 });
  }

  @Mutation(() => CreatedApiKeyType)
  @Guard('security:admin')
  createApiKey(@Arg('input', () => CreateApiKeyInput) input: CreateApiKeyInput, @Ctx() ctx: SecurityContext) {
    return change({
      commit: () =>
        this.apiKeys.create(ctx.request, {
          name: input.name,
          scopes: input.scopes,
          principalId: input.principalId ?? undefined,
          expiresInSeconds: input.expiresInSeconds ?? undefined,
        }),
      answer: (made: MadeApiKey) => this.apiKeys.reveal(made),
    });
  }

  @Mutation(() => CreatedApiKeyType, {
    description:
      'A new key like the old one, which stays valid for the grace time: at once not at all where that is 0.',
  })
  @Guard('security:admin')
  rotateApiKey(
    @Arg('id', () => ID) id: string,
    @Arg('graceSeconds', () => Int, { nullable: true, defaultValue: 3600 }) graceSeconds: number | null,
    @Ctx() ctx: SecurityContext,
  ) {
    return change({
      commit: () => this.apiKeys.rotate(ctx.request, id, graceSeconds ?? 3600),
      answer: (made: MadeApiKey) => this.apiKeys.reveal(made),
    });
  }

  @Mutation(() => ApiKeyType, { description: 'In force everywhere within a second.' })
  @Guard('security:admin')
  revokeApiKey(@Arg('id', () => ID) id: string, @Ctx() ctx: SecurityContext) {
    return change(() => this.apiKeys.revoke(ctx.request, id));
  }

  @FieldResolver(() => PrincipalType)
  principal(@Root() key: ApiKey, @Ctx() { loaders }: SecurityContext) {
    return loaders.principal.load(key.principalId);
  }
}

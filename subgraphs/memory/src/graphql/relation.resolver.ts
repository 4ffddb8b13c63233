import { notFound } from '@agentos/kernel';
import { change, Guard } from '@agentos/subgraph-kit';
import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import type { Relation } from '../domain/relation.js';
import type { RelationService } from '../service/relation-service.js';
import type { MemoryContext } from './loaders.js';
import { MemoryObject } from './memory.type.js';
import { RelateMemoriesInput, RelationObject } from './relation.type.js';

@Resolver(() => RelationObject)
export class RelationResolver {
  constructor(private readonly relations: RelationService) {}

  @Mutation(() => RelationObject, { description: 'The same link again only gets the new weight.' })
  @Guard('memory:write')
  relateMemories(@Arg('input', () => RelateMemoriesInput) input: RelateMemoriesInput, @Ctx() ctx: MemoryContext) {
    return change(() => this.relations.relate(ctx.request, { ...input, weight: input.weight ?? 1 }));
  }

  @Mutation(() => Boolean, { description: 'Whether there was one.' })
  @Guard('memory:write')
  unrelateMemories(@Arg('id', () => ID) id: string, @Ctx() ctx: MemoryContext) {
    return change(() => this.relations.unrelate(ctx.request, id));
  }

  @FieldResolver(() => MemoryObject)
  from(@Root() relation: Relation, @Ctx() ctx: MemoryContext) {
    return existing(ctx, relation.fromId);
  }

  @FieldResolver(() => MemoryObject)
  to(@Root() relation: Relation, @Ctx() ctx: MemoryContext) {
    return existing(ctx, relation.toId);
  }
}

/** An end may have expired since the link was read. */
async function existing(ctx: MemoryContext, id: string) {
  const memory = await ctx.loaders.memory.load(id);
  if (memory === null) throw notFound('memory', id);
  return memory;
}

import { pageSize, requireId } from '@agentos/kernel';
import { Guard } from '@agentos/subgraph-kit';
import { Arg, FieldResolver, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import { ExtractedKnowledgeType, ExtractKnowledgeInput } from './knowledge.type.js';
import { notServed } from './not-served.js';
import { IdentifyPatternsInput, PatternKindEnum, PatternType } from './pattern.type.js';
import { ProjectReference } from './reference.type.js';

@Resolver(() => PatternType)
export class PatternResolver {
  @Query(() => [PatternType], { name: 'patterns' })
  @Guard('learning:read')
  listPatterns(
    @Arg('projectId', () => ID, { nullable: true }) projectId: string | null | undefined,
    @Arg('kinds', () => [PatternKindEnum], { nullable: true }) _kinds: PatternKindEnum[] | null | undefined,
    @Arg('first', () => Int, { nullable: true, defaultValue: 50 }) first: number | null,
  ): PatternType[] {
    if (projectId != null) requireId(projectId, 'proj', 'projectId');
    pageSize(first);
    return [];
  }

  @Mutation(() => [PatternType])
  @Guard('learning:write')
  identifyPatterns(@Arg('input', () => IdentifyPatternsInput) _input: IdentifyPatternsInput): PatternType[] {
    throw notServed('patterns');
  }

  @Mutation(() => ExtractedKnowledgeType)
  @Guard('learning:write')
  extractKnowledge(@Arg('input', () => ExtractKnowledgeInput) _input: ExtractKnowledgeInput): ExtractedKnowledgeType {
    throw notServed('knowledge extraction');
  }

  @FieldResolver(() => [String])
  examples(@Arg('first', () => Int, { nullable: true, defaultValue: 5 }) _first: number | null): string[] {
    throw notServed('patterns');
  }

  @FieldResolver(() => ProjectReference, { nullable: true })
  project(): ProjectReference | null {
    throw notServed('patterns');
  }
}

@Resolver(() => ProjectReference)
export class ProjectPatternsResolver {
  @FieldResolver(() => [PatternType], { name: 'patterns' })
  listPatterns(
    @Arg('kinds', () => [PatternKindEnum], { nullable: true }) _kinds: PatternKindEnum[] | null | undefined,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
  ): PatternType[] {
    pageSize(first);
    return [];
  }
}

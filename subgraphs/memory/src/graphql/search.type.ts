import { Field, Float, Int, ObjectType } from 'type-graphql';
import type { Explanation } from '../domain/ranking/rank.js';
import { MemoryObject } from './memory.type.js';

@ObjectType({ description: 'The parts that a score was made of.' })
export class SearchExplanation implements Explanation {
  @Field(() => Int, { nullable: true })
  semanticRank!: number | null;
  @Field(() => Int, { nullable: true })
  keywordRank!: number | null;
  @Field(() => Float, { nullable: true })
  semanticSimilarity!: number | null;
  @Field(() => Float, { nullable: true })
  keywordScore!: number | null;
  @Field(() => Float)
  recencyBoost!: number;
  @Field(() => Float)
  relevanceBoost!: number;
  @Field(() => [String])
  matchedTerms!: string[];
}

@ObjectType()
export class MemorySearchHit {
  @Field(() => MemoryObject)
  memory!: MemoryObject;
  @Field(() => Float, { description: 'The score that orders the hits; higher is better.' })
  score!: number;
  @Field(() => SearchExplanation, { description: 'Why it is here: the parts that the score was made of.' })
  explanation!: SearchExplanation;
}

@ObjectType()
export class MemorySearchResult {
  @Field(() => [MemorySearchHit])
  hits!: MemorySearchHit[];
  @Field(() => Float)
  tookMs!: number;
  @Field(() => String, {
    description: 'Which index answered: `weaviate` or `pgvector`; a degraded answer (keyword only) says so.',
  })
  index!: string;
  @Field(() => Boolean)
  degraded!: boolean;
}

@ObjectType({ description: 'A prompt-ready selection of memories that fits a token budget.' })
export class AssembledContext {
  @Field(() => String)
  text!: string;
  @Field(() => Int)
  tokenCount!: number;
  @Field(() => [MemoryObject])
  memories!: MemoryObject[];
  @Field(() => Int)
  omittedCount!: number;
}

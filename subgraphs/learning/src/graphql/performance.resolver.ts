import { change, Guard } from '@agentos/subgraph-kit';
import { Arg, Ctx, FieldResolver, Int, Mutation, Query, Resolver } from 'type-graphql';
import type { PerformanceService } from '../service/performance-service.js';
import type { LearningContext } from './loaders.js';
import { notServed } from './not-served.js';
import { MetricPointInput, MetricPointType, PerformanceAnalysisType, TimeRangeInput } from './performance.type.js';

@Resolver(() => PerformanceAnalysisType)
export class PerformanceResolver {
  constructor(private readonly performance: PerformanceService) {}

  @Mutation(() => Int, { description: 'How many points were taken.' })
  @Guard('learning:write')
  trackPerformance(@Arg('points', () => [MetricPointInput]) points: MetricPointInput[], @Ctx() ctx: LearningContext) {
    return change(() => this.performance.track(ctx.request, points));
  }

  @Query(() => PerformanceAnalysisType)
  @Guard('learning:read')
  analyzePerformance(
    @Arg('subject', () => String) _subject: string,
    @Arg('metric', () => String) _metric: string,
    @Arg('range', () => TimeRangeInput) _range: TimeRangeInput,
    @Arg('forecastSteps', () => Int, { nullable: true, defaultValue: 0 }) _forecastSteps: number | null,
  ): PerformanceAnalysisType {
    throw notServed('performance analyses');
  }

  @FieldResolver(() => [MetricPointType])
  series(
    @Arg('bucketSeconds', () => Int, { nullable: true, defaultValue: 3600 }) _bucketSeconds: number | null,
  ): MetricPointType[] {
    throw notServed('performance analyses');
  }
}

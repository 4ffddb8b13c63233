import { pageSize, requireId } from '@agentos/kernel';
import { Guard, JSONScalar } from '@agentos/subgraph-kit';
import { Arg, FieldResolver, ID, Int, Mutation, Query, Resolver, Subscription } from 'type-graphql';
import { ModelStageEnum, ModelType, PredictionType, TrainingJobType, TrainModelInput } from './model.type.js';
import { notServed } from './not-served.js';
import { ProjectReference } from './reference.type.js';

/** There are no models yet: looking one up finds none, and what would make or use one refuses. */
@Resolver(() => ModelType)
export class ModelResolver {
  @Query(() => ModelType, { nullable: true })
  @Guard('learning:read')
  model(@Arg('id', () => ID) id: string): ModelType | null {
    requireId(id, 'model', 'id');
    return null;
  }

  @Query(() => [ModelType])
  @Guard('learning:read')
  models(
    @Arg('projectId', () => ID, { nullable: true }) projectId: string | null | undefined,
    @Arg('first', () => Int, { nullable: true, defaultValue: 50 }) first: number | null,
  ): ModelType[] {
    if (projectId != null) requireId(projectId, 'proj', 'projectId');
    pageSize(first);
    return [];
  }

  @Query(() => TrainingJobType, { nullable: true })
  @Guard('learning:read')
  trainingJob(@Arg('id', () => ID) id: string): TrainingJobType | null {
    requireId(id, 'job', 'id');
    return null;
  }

  @Query(() => PredictionType)
  @Guard('learning:read')
  predict(
    @Arg('modelId', () => ID) modelId: string,
    @Arg('features', () => JSONScalar) _features: unknown,
    @Arg('version', () => Int, { nullable: true }) _version: number | null | undefined,
  ): PredictionType {
    requireId(modelId, 'model', 'modelId');
    throw notServed('models');
  }

  @Query(() => [PredictionType])
  @Guard('learning:read')
  predictMany(
    @Arg('modelId', () => ID) modelId: string,
    @Arg('rows', () => [JSONScalar]) _rows: unknown[],
    @Arg('version', () => Int, { nullable: true }) _version: number | null | undefined,
  ): PredictionType[] {
    requireId(modelId, 'model', 'modelId');
    throw notServed('models');
  }

  @Mutation(() => TrainingJobType)
  @Guard('learning:write')
  trainModel(@Arg('input', () => TrainModelInput) input: TrainModelInput): TrainingJobType {
    requireId(input.datasetId, 'dset', 'input.datasetId');
    throw notServed('models');
  }

  @Mutation(() => TrainingJobType, { description: 'Continues training on new rows, as a new version.' })
  @Guard('learning:write')
  updateModel(
    @Arg('modelId', () => ID) modelId: string,
    @Arg('datasetId', () => ID) datasetId: string,
  ): TrainingJobType {
    requireId(modelId, 'model', 'modelId');
    requireId(datasetId, 'dset', 'datasetId');
    throw notServed('models');
  }

  @Mutation(() => TrainingJobType)
  @Guard('learning:write')
  cancelTraining(@Arg('jobId', () => ID) jobId: string): TrainingJobType {
    requireId(jobId, 'job', 'jobId');
    throw notServed('models');
  }

  @Mutation(() => ModelType, {
    description: "Refused where the version's metrics are worse than production's, unless forced.",
  })
  @Guard('learning:write')
  promoteModel(
    @Arg('modelId', () => ID) modelId: string,
    @Arg('version', () => Int) _version: number,
    @Arg('stage', () => ModelStageEnum) _stage: ModelStageEnum,
    @Arg('force', () => Boolean, { nullable: true, defaultValue: false }) _force: boolean | null,
  ): ModelType {
    requireId(modelId, 'model', 'modelId');
    throw notServed('models');
  }

  @Mutation(() => Boolean)
  @Guard('learning:write')
  recordActual(
    @Arg('predictionId', () => ID) _predictionId: string,
    @Arg('actual', () => JSONScalar) _actual: unknown,
  ): boolean {
    throw notServed('models');
  }

  @Subscription(() => TrainingJobType, {
    subscribe: ({ args }) => {
      requireId(args.jobId, 'job', 'jobId');
      throw notServed('models');
    },
  })
  @Guard('learning:read')
  trainingProgress(@Arg('jobId', () => ID) _jobId: string): TrainingJobType {
    throw notServed('models');
  }

  @FieldResolver(() => ProjectReference, { nullable: true })
  project(): ProjectReference | null {
    throw notServed('models');
  }
}

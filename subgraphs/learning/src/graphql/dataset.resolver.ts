import { badInput, requireId } from '@agentos/kernel';
import { change, Guard, JSONScalar } from '@agentos/subgraph-kit';
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { Dataset } from '../domain/dataset.js';
import type { DatasetService } from '../service/dataset-service.js';
import { DatasetColumnType, DatasetInput, DatasetType } from './dataset.type.js';
import type { LearningContext } from './loaders.js';
import { notServed } from './not-served.js';
import { ProjectReference } from './reference.type.js';

@Resolver(() => DatasetType)
export class DatasetResolver {
  constructor(private readonly datasets: DatasetService) {}

  @Query(() => DatasetType, { nullable: true })
  @Guard('learning:read')
  dataset(@Arg('id', () => ID) id: string, @Ctx() ctx: LearningContext) {
    return ctx.loaders.dataset.load(requireId(id, 'dset', 'id'));
  }

  @Mutation(() => DatasetType, {
    description: 'From `csv` with a header line, or from `rows`, each an object of plain values.',
  })
  @Guard('learning:write')
  createDataset(@Arg('input', () => DatasetInput) input: DatasetInput, @Ctx() ctx: LearningContext) {
    if ((input.source ?? 'UPLOAD') !== 'UPLOAD') throw notServed("datasets of the platform's own events");
    if (input.from != null || input.to != null)
      throw badInput("from and to go with the platform's own events.", 'input');
    const { csv, rows } = input;
    if ((csv == null) === (rows == null)) throw badInput('Give exactly one of csv and rows.', 'input');
    const upload = {
      name: input.name,
      projectId: input.projectId ?? undefined,
      csv: csv ?? undefined,
      rows: rows ?? undefined,
    };
    return change(() => this.datasets.create(ctx.request, upload));
  }

  @Mutation(() => DatasetType)
  @Guard('learning:write')
  appendRows(
    @Arg('datasetId', () => ID) datasetId: string,
    @Arg('rows', () => [JSONScalar]) rows: unknown[],
    @Ctx() ctx: LearningContext,
  ) {
    return change(() => this.datasets.append(ctx.request, datasetId, rows));
  }

  @FieldResolver(() => [DatasetColumnType], {
    description: 'In the order in which they first appeared, with what their values are like.',
  })
  columns(@Root() dataset: Dataset, @Ctx() ctx: LearningContext) {
    return this.datasets.columns(ctx.request, dataset);
  }

  @FieldResolver(() => [JSONScalar])
  preview(
    @Root() dataset: Dataset,
    @Ctx() ctx: LearningContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 10 }) first: number | null,
  ) {
    return this.datasets.preview(ctx.request, dataset.id, first ?? 10);
  }

  @FieldResolver(() => ProjectReference, { nullable: true })
  project(@Root() dataset: Dataset) {
    return dataset.projectId === null ? null : { id: dataset.projectId };
  }
}

import {
  type Clock,
  newId,
  notFound,
  pageSize,
  quotaExceeded,
  type RequestContext,
  requireId,
  requireText,
} from '@agentos/kernel';
import type { Database } from '@agentos/platform';
import { type ColumnStatistics, measureColumns } from '../domain/columns.js';
import { parseCsv } from '../domain/csv.js';
import { type Dataset, type DatasetRow, limits } from '../domain/dataset.js';
import { requireRows } from '../domain/rows.js';
import { datasetStore } from '../store/dataset-store.js';

/** Exactly one of `csv` and `rows`. */
export interface Upload {
  readonly name: string;
  readonly projectId?: string | undefined;
  readonly csv?: string | undefined;
  readonly rows?: readonly unknown[] | undefined;
}

export class DatasetService {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  /** @throws AgentOSError BAD_USER_INPUT with the row or line at fault */
  async create(ctx: RequestContext, input: Upload): Promise<Dataset> {
    requireText(input.name, 'input.name', { min: 1, max: 200 });
    if (input.projectId !== undefined) requireId(input.projectId, 'proj', 'input.projectId');
    const rows = input.csv === undefined ? requireRows(input.rows ?? [], 'input.rows') : parseCsv(input.csv);
    const now = this.clock.now();
    const dataset: Dataset = {
      id: newId('dset'),
      tenantId: ctx.tenantId,
      name: input.name,
      source: 'UPLOAD',
      projectId: input.projectId ?? null,
      rowCount: 0,
      measured: measureColumns(rows),
      measuredRows: rows.length,
      createdAt: now,
      updatedAt: now,
    };
    return this.db.transaction(ctx, async (manager) => {
      await datasetStore.insert(manager, { ...dataset, rowCount: rows.length });
      await datasetStore.addRows(manager, dataset, rows);
      return { ...dataset, rowCount: rows.length };
    });
  }

  /** @throws AgentOSError BAD_USER_INPUT; NOT_FOUND; QUOTA_EXCEEDED where the dataset gets too long */
  async append(ctx: RequestContext, datasetId: string, given: readonly unknown[]): Promise<Dataset> {
    requireId(datasetId, 'dset', 'datasetId');
    const rows = requireRows(given, 'rows');
    return this.db.transaction(ctx, async (manager) => {
      const dataset = await datasetStore.lock(manager, datasetId);
      if (dataset === null) throw notFound('dataset', datasetId);
      const rowCount = dataset.rowCount + rows.length;
      if (rowCount > limits.rows) throw quotaExceeded(`A dataset has at most ${limits.rows} rows.`);
      const change = { rowCount, updatedAt: this.clock.now() };
      await datasetStore.addRows(manager, dataset, rows);
      await datasetStore.grown(manager, datasetId, change);
      return { ...dataset, ...change };
    });
  }

  findByIds(ctx: RequestContext, ids: readonly string[]): Promise<Dataset[]> {
    return this.db.read(ctx, (manager) => datasetStore.findByIds(manager, ids));
  }

  /** Measured anew where rows have come since the last time. */
  async columns(ctx: RequestContext, dataset: Dataset): Promise<ColumnStatistics[]> {
    if (dataset.measuredRows >= dataset.rowCount) return dataset.measured;
    const rows = await this.db.read(ctx, (manager) => datasetStore.rows(manager, dataset.id, dataset.rowCount));
    const measured = measureColumns(rows);
    await this.db.transaction(ctx, (manager) => datasetStore.keepMeasured(manager, dataset.id, measured, rows.length));
    return measured;
  }

  /** The first rows. */
  async preview(ctx: RequestContext, datasetId: string, first: number): Promise<DatasetRow[]> {
    const count = pageSize(first);
    return this.db.read(ctx, (manager) => datasetStore.rows(manager, datasetId, count));
  }
}

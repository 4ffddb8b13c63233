import type { EntityManager } from 'typeorm';
import type { ColumnStatistics } from '../domain/columns.js';
import type { Dataset, DatasetRow } from '../domain/dataset.js';
import { datasetEntity } from './learning-schema.js';

const rowsPerStatement = 5_000;

/** Queries over datasets; the transaction it is given names the tenant. */
export const datasetStore = {
  async insert(manager: EntityManager, dataset: Dataset): Promise<void> {
    await manager.insert(datasetEntity, dataset);
  },

  async findByIds(manager: EntityManager, ids: readonly string[]): Promise<Dataset[]> {
    return manager
      .createQueryBuilder(datasetEntity, 'd')
      .where('d.id = any(:ids)', { ids: [...ids] })
      .getMany();
  },

  /** Those who append to one dataset take turns; null where there is none. */
  async lock(manager: EntityManager, id: string): Promise<Dataset | null> {
    await manager.query('select 1 from dataset where id = $1 for update', [id]);
    return manager.findOneBy(datasetEntity, { id });
  },

  async addRows(manager: EntityManager, dataset: Dataset, rows: readonly DatasetRow[]): Promise<void> {
    for (let from = 0; from < rows.length; from += rowsPerStatement) {
      await manager.query(
        `insert into dataset_row (dataset_id, tenant_id, seq, value)
         select $1, $2, $3 + r.n - 1, r.value from json_array_elements($4::json) with ordinality as r(value, n)`,
        [
          dataset.id,
          dataset.tenantId,
          dataset.rowCount + from,
          JSON.stringify(rows.slice(from, from + rowsPerStatement)),
        ],
      );
    }
  },

  async grown(manager: EntityManager, id: string, change: Pick<Dataset, 'rowCount' | 'updatedAt'>): Promise<void> {
    await manager.update(datasetEntity, { id }, change);
  },

  async rows(manager: EntityManager, id: string, first: number): Promise<DatasetRow[]> {
    const rows: { value: DatasetRow }[] = await manager.query(
      'select value from dataset_row where dataset_id = $1 order by seq limit $2',
      [id, first],
    );
    return rows.map(({ value }) => value);
  },

  /** Keeps what was measured, unless more rows have been measured meanwhile. */
  async keepMeasured(manager: EntityManager, id: string, measured: ColumnStatistics[], rows: number): Promise<void> {
    await manager.query('update dataset set measured = $2, measured_rows = $3 where id = $1 and measured_rows < $3', [
      id,
      JSON.stringify(measured),
      rows,
    ]);
  },
};

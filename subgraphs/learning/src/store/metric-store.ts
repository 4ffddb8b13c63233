import type { EntityManager } from 'typeorm';

export interface MetricPoint {
  readonly subject: string;
  readonly metric: string;
  readonly at: Date;
  readonly value: number;
  readonly tags: unknown;
}

/** Queries over performance points; the transaction it is given names the tenant. */
export const metricStore = {
  async insert(manager: EntityManager, tenantId: string, points: readonly MetricPoint[]): Promise<void> {
    await manager.query(
      `insert into metric_point (tenant_id, subject, metric, at, value, tags)
       select $1, p.subject, p.metric, p.at, p.value, p.tags
         from jsonb_to_recordset($2::jsonb) as p(subject text, metric text, at timestamptz, value double precision, tags jsonb)`,
      [tenantId, JSON.stringify(points)],
    );
  },
};

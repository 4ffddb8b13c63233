import { badInput, type Clock, type RequestContext, requireText } from '@agentos/kernel';
import type { Database } from '@agentos/platform';
import { metricStore } from '../store/metric-store.js';

export interface PointInput {
  readonly subject: string;
  readonly metric: string;
  readonly value: number;
  /** @default now */
  readonly at?: Date | null | undefined;
  readonly tags?: unknown;
}

const pointsPerCall = 10_000;
const tagsLength = 4_000;

export class PerformanceService {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  /** Keeps the points. @returns how many */
  async track(ctx: RequestContext, points: readonly PointInput[]): Promise<number> {
    if (points.length > pointsPerCall) throw badInput(`At most ${pointsPerCall} points are taken at once.`, 'points');
    const now = this.clock.now();
    const checked = points.map((point) => ({
      subject: requireText(point.subject, 'points.subject', { min: 1, max: 200 }),
      metric: requireText(point.metric, 'points.metric', { min: 1, max: 200 }),
      at: point.at ?? now,
      value: point.value,
      tags: requireTags(point.tags),
    }));
    if (checked.length > 0)
      await this.db.transaction(ctx, (manager) => metricStore.insert(manager, ctx.tenantId, checked));
    return checked.length;
  }
}

function requireTags(tags: unknown): unknown {
  if (tags == null) return null;
  if (typeof tags !== 'object' || Array.isArray(tags)) throw badInput('tags must be an object.', 'points.tags');
  requireText(JSON.stringify(tags), 'points.tags', { max: tagsLength });
  return tags;
}

import { type RequestContext, requireText } from '@agentos/kernel';
import type { Bus, Database, Outbox } from '@agentos/platform';
import { requireLeaseMs, requireWaitMs } from '../domain/lease.js';
import type { Lock } from '../domain/lock.js';
import { lockStore } from '../store/lock-store.js';
import { tryUntil } from './wait.js';

export interface LockRequest {
  readonly name: string;
  readonly holder: string;
  readonly leaseMs: number;
  readonly waitMs: number;
}

const locksTopic = 'locks';

/** Locks by name, for whatever agents must not do at the same time. */
export class LockService {
  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly outbox: Outbox,
  ) {}

  /**
   * Takes the lock, or prolongs it for the one who has it; null once `waitMs` have passed. In phases as a claim of a
   * task, and for the same reason.
   */
  acquire(ctx: RequestContext, request: LockRequest) {
    let acquired: Lock | null = null;
    let isTaken = false;
    return {
      prepare: async () => {
        acquired = await this.#acquireWithin(ctx, request);
        return acquired;
      },
      commit: async (lock: Lock | null) => {
        isTaken = true;
        return lock;
      },
      // A repeated request has the lock that it got first; one taken anew, since that had ended, goes back.
      answer: async (lock: Lock | null) => {
        if (acquired !== null && !isTaken && acquired.fencingToken !== lock?.fencingToken) {
          await this.release(ctx, acquired.name, acquired.fencingToken);
        }
        return lock;
      },
    };
  }

  /** Null where nobody holds it. */
  find(ctx: RequestContext, name: string): Promise<Lock | null> {
    requireName(name);
    return this.db.read(ctx, (manager) => lockStore.find(manager, name));
  }

  /** True where the lock was held under this token; a stale one releases nothing. */
  release(ctx: RequestContext, name: string, fencingToken: string): Promise<boolean> {
    requireName(name);
    return this.db.transaction(ctx, async (manager) => {
      const isReleased = await lockStore.release(manager, name, fencingToken);
      if (isReleased)
        await this.outbox.append(manager, ctx, [{ topic: locksTopic, key: name, type: 'released', payload: { name } }]);
      return isReleased;
    });
  }

  /** Rows of locks long ended, of all tenants. */
  sweep(): Promise<void> {
    return this.db.system((manager) => lockStore.sweep(manager));
  }

  #acquireWithin(ctx: RequestContext, request: LockRequest): Promise<Lock | null> {
    requireName(request.name);
    requireText(request.holder, 'holder', { min: 1, max: 200 });
    const leaseMs = requireLeaseMs(request.leaseMs, 'leaseMs');
    const waitMs = requireWaitMs(request.waitMs, 'waitMs');
    const lock = { tenantId: ctx.tenantId, name: request.name, holder: request.holder, leaseMs };
    // A lease that ends rings no bell, so the poll is a short one.
    return tryUntil(this.bus, ctx, { topic: locksTopic, type: 'released', waitMs, pollMs: 100 }, () =>
      this.db.transaction(ctx, (manager) => lockStore.acquire(manager, lock)),
    );
  }
}

const requireName = (name: string) => requireText(name, 'name', { min: 1, max: 200 });

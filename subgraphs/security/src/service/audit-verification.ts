import { badInput, type RequestContext } from '@agentos/kernel';
import { type AuditLine, type Database, genesisHash, hashOf } from '@agentos/platform';
import type { AuditCheckpoints, Checkpoint } from '../store/audit-checkpoints.js';
import type { AuditSigningKey } from '../store/audit-signing-key.js';
import { auditStore, type ChainState } from '../store/audit-store.js';

export interface AuditVerification {
  readonly intact: boolean;
  /** How many lines were read, up to and with the first that does not fit. */
  readonly checked: bigint;
  /** The first line that does not fit or is not there. */
  readonly brokenAt: bigint | null;
  /** The hash of the last line of the range; of the whole log, its head. */
  readonly head: string;
  /** Of `signedText`, in base64url; empty where the log is not intact: nothing is vouched for then. */
  readonly signature: string;
}

/** What the signature of an intact log says: these lines of this tenant follow each other and end in this hash. */
export function signedText(statement: { tenantId: string; from: bigint; to: bigint; head: string }): string {
  const { tenantId, from, to, head } = statement;
  return `agentos-audit/1 ${tenantId} ${from} ${to} ${head}`;
}

/** Walks the chain of a tenant's audit log. */
export class AuditVerifier {
  constructor(
    private readonly db: Database,
    private readonly key: Pick<AuditSigningKey, 'sign'>,
    private readonly checkpoints: Pick<AuditCheckpoints, 'find' | 'keep'>,
    private readonly batchLines = 5_000,
  ) {}

  /**
   * Each line must carry the hash of the one before it and hash to its own; numbers must follow each other; the last line
   * must be the one that the head names; and what was found whole before must still be there as it was. Reads in
   * batches, so that others get in between.
   * @param range line numbers, both ends included @default the whole log
   */
  async verify(
    ctx: RequestContext,
    range: { from?: bigint | undefined; to?: bigint | undefined },
  ): Promise<AuditVerification> {
    const { tenantId } = ctx;
    const from = range.from ?? 1n;
    if (from < 1n) throw badInput('from is the number of a line: 1 or more.', 'from');
    if (range.to !== undefined && range.to < from) throw badInput('to must not be less than from.', 'to');

    const known = await this.checkpoints.find(tenantId);
    const state = await this.db.read(ctx, (manager) => auditStore.chainState(manager));
    const toHead = range.to === undefined || range.to >= state.headSequence;
    const to = toHead ? state.headSequence : (range.to as bigint);
    const walked = await this.#walk(ctx, from, to, known);
    const brokenAt = walked.brokenAt ?? (toHead ? endOf(state, from, walked.hash, known) : null);
    const intact = brokenAt === null;
    const head = toHead ? (state.headHash ?? genesisHash) : (walked.hash ?? genesisHash);
    const signature = intact ? await this.key.sign(signedText({ tenantId, from, to, head })) : '';
    if (intact && toHead && from === 1n && to > (known?.sequence ?? 0n)) {
      await this.checkpoints.keep(tenantId, { sequence: to, hash: head });
    }
    return { intact, checked: walked.checked, brokenAt, head, signature };
  }

  async #walk(
    ctx: RequestContext,
    from: bigint,
    to: bigint,
    known: Checkpoint | undefined,
  ): Promise<{ checked: bigint; brokenAt: bigint | null; hash?: string }> {
    let checked = 0n;
    let next = from;
    // What comes before the range is taken as it stands.
    let hash = from === 1n ? genesisHash : await this.db.read(ctx, (manager) => auditStore.hashAt(manager, from - 1n));
    if (hash === undefined) return { checked, brokenAt: from > to + 1n ? null : from - 1n };
    while (next <= to) {
      const limit = this.batchLines;
      const lines = await this.db.read(ctx, (manager) => auditStore.lines(manager, { from: next, to, limit }));
      if (lines.length === 0) return { checked, brokenAt: next };
      for (const line of lines) {
        if (line.sequence !== next) return { checked, brokenAt: next };
        checked += 1n;
        if (!follows(line, hash) || (next === known?.sequence && line.hash !== known.hash))
          return { checked, brokenAt: next };
        hash = line.hash;
        next += 1n;
      }
    }
    return { checked, brokenAt: null, hash };
  }
}

const follows = (line: AuditLine, previousHash: string) =>
  line.previousHash === previousHash && hashOf(line) === line.hash;

/** What does not fit at the end of the log, if anything. */
function endOf(
  state: ChainState,
  from: bigint,
  lastHash: string | undefined,
  known: Checkpoint | undefined,
): bigint | null {
  const { headSequence, headHash, lastSequence, tenantExists } = state;
  // Lines that no head counts were put there past the append, or the head was set back.
  if (lastSequence > headSequence) return headSequence + 1n;
  // The tail was cut and the head set back to hide it.
  if (known !== undefined && known.sequence > headSequence) return headSequence + 1n;
  if (tenantExists && headSequence === 0n) return 1n;
  if (from <= headSequence && lastHash !== headHash) return headSequence;
  return null;
}

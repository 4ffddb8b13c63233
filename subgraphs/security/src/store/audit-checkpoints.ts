import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditSigningKey } from './audit-signing-key.js';

/** Where a tenant's chain stood when it was last found whole. */
export interface Checkpoint {
  readonly sequence: bigint;
  readonly hash: string;
}

const textOf = (tenantId: string, { sequence, hash }: Checkpoint) =>
  `agentos-audit-checkpoint/1 ${tenantId} ${sequence} ${hash}`;

/**
 * Checkpoints of the audit logs, signed and kept in the data folder: outside of the database, since its administrator
 * could cut a chain's tail and set the head back, or write the end of it anew, and the chain would look whole.
 */
export class AuditCheckpoints {
  constructor(
    private readonly dataDir: string,
    private readonly key: AuditSigningKey,
  ) {}

  /** Nothing where none was kept, or what is there is not what this server signed. */
  async find(tenantId: string): Promise<Checkpoint | undefined> {
    let text: string;
    try {
      text = await readFile(this.#path(tenantId), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    const [sequence = '', hash = '', signature = ''] = text.trim().split(' ');
    if (!/^\d{1,19}$/.test(sequence)) return undefined;
    const checkpoint = { sequence: BigInt(sequence), hash };
    return (await this.key.verify(textOf(tenantId, checkpoint), signature)) ? checkpoint : undefined;
  }

  async keep(tenantId: string, checkpoint: Checkpoint): Promise<void> {
    const path = this.#path(tenantId);
    await mkdir(join(this.dataDir, 'audit-checkpoints'), { recursive: true, mode: 0o700 });
    const partial = `${path}.${process.pid}.partial`;
    const file = await open(partial, 'w', 0o600);
    try {
      await file.writeFile(
        `${checkpoint.sequence} ${checkpoint.hash} ${await this.key.sign(textOf(tenantId, checkpoint))}\n`,
      );
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  }

  /** Tenants' ids are made here and hold nothing that a path would read. */
  #path(tenantId: string): string {
    return join(this.dataDir, 'audit-checkpoints', tenantId);
  }
}

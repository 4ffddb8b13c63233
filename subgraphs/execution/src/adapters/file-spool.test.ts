import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { StoredEvent } from '../domain/event.js';
import { FileSpool } from './file-spool.js';
import { spoolContract } from './spool.contract.js';

const folder = await mkdtemp(join(tmpdir(), 'agentos-spool-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

spoolContract('files', async () => new FileSpool(folder));

describe('a file spool after a kill', () => {
  it('cuts off a half-written event and goes on behind the last whole one', async () => {
    const torn = { id: 'torn', tenantId: 'tenant' };
    const spool = new FileSpool(folder);
    await spool.append(torn, [{ kind: 'output', stream: 'STDOUT', text: 'whole' }]);
    await spool.close();
    await appendFile(join(folder, 'tenant', 'torn.jsonl'), '{"kind":"output","str');
    const again = new FileSpool(folder);
    await again.append(torn, [{ kind: 'status', status: 'FAILED' }]);
    const events: StoredEvent[] = [];
    for await (const batch of again.read(torn, -1)) events.push(...batch);
    expect(events.map(({ offset, kind }) => [offset, kind])).toEqual([
      [0, 'output'],
      [1, 'status'],
    ]);
    await again.close();
  });
});

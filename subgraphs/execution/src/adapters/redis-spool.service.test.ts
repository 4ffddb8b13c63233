import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, FileBlobStore } from '@agentos/platform';
import { describeWithService } from '@agentos/platform/testing';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import type { StoredEvent } from '../domain/event.js';
import { RedisSpool } from './redis-spool.js';
import { spoolContract } from './spool.contract.js';

const blobs = new FileBlobStore(await mkdtemp(join(tmpdir(), 'agentos-spool-blobs-')));

describeWithService('redis', 'the spool in Redis streams', (url) => {
  const namespace = `test-${randomUUID()}`;
  const open = () => RedisSpool.connect(url, blobs, createLogger('silent'), namespace);
  spoolContract('Redis streams', open);

  it('gives an ended execution from its blob when Redis has forgotten it', async () => {
    const key = { id: randomUUID(), tenantId: 'tenant' };
    const first = await open();
    await first.append(key, [
      { kind: 'output', stream: 'STDOUT', text: 'kept' },
      { kind: 'status', status: 'SUCCEEDED' },
    ]);
    await first.close();
    const redis = new Redis(url);
    expect(await redis.del(`${namespace}:spool:{tenant:${key.id}}`)).toBe(1);
    redis.disconnect();
    const second = await open();
    const events: StoredEvent[] = [];
    for await (const batch of second.follow(key, -1, new AbortController().signal)) events.push(...batch);
    expect(events.map(({ offset, kind }) => [offset, kind])).toEqual([
      [0, 'output'],
      [1, 'status'],
    ]);
    await expect(second.append(key, [{ kind: 'status', status: 'FAILED' }])).rejects.toThrow(/last event/);
    await second.close();
  });

  it('lets one process follow what another writes', async () => {
    const key = { id: randomUUID(), tenantId: 'tenant' };
    const [writer, reader] = [await open(), await open()];
    const seen: number[] = [];
    const following = (async () => {
      for await (const batch of reader.follow(key, -1, new AbortController().signal))
        seen.push(...batch.map((event) => event.offset));
    })();
    for (let n = 0; n < 100; n++) await writer.append(key, [{ kind: 'output', stream: 'STDERR', text: `${n}` }]);
    await writer.append(key, [{ kind: 'status', status: 'CANCELLED' }]);
    await following;
    expect(seen).toEqual(Array.from({ length: 101 }, (_, n) => n));
    await Promise.all([writer.close(), reader.close()]);
  });

  it('refuses to go on where Redis has lost events, but still tells readers the end', async () => {
    const key = { id: randomUUID(), tenantId: 'tenant' };
    const spool = await open();
    await spool.append(key, [
      { kind: 'status', status: 'RUNNING' },
      { kind: 'output', stream: 'STDOUT', text: 'lost' },
    ]);
    await spool.append(key, []); // all there
    const redis = new Redis(url);
    expect(await redis.del(`${namespace}:spool:{tenant:${key.id}}`)).toBe(1);
    redis.disconnect();
    const following = (async () => {
      const events: StoredEvent[] = [];
      for await (const batch of spool.follow(key, 1, new AbortController().signal)) events.push(...batch);
      return events;
    })();
    await expect(spool.append(key, [{ kind: 'output', stream: 'STDOUT', text: 'more' }])).rejects.toThrow(/lost/);
    await expect(spool.append(key, [])).rejects.toThrow(/lost/);
    await spool.append(key, [{ kind: 'status', status: 'FAILED' }]);
    expect(await following).toMatchObject([{ offset: 2, kind: 'status', status: 'FAILED' }]);
    await spool.close();
  });

  it('lets a reader go when another process had to number the end anew', async () => {
    const key = { id: randomUUID(), tenantId: 'tenant' };
    const [writer, other] = [await open(), await open()];
    await writer.append(key, [{ kind: 'output', stream: 'STDOUT', text: 'lost' }]);
    const events = other.follow(key, -1, new AbortController().signal)[Symbol.asyncIterator]();
    expect((await events.next()).value).toMatchObject([{ offset: 0, text: 'lost' }]);
    const redis = new Redis(url);
    await redis.del(`${namespace}:spool:{tenant:${key.id}}`);
    redis.disconnect();
    await other.append(key, [{ kind: 'status', status: 'FAILED' }]);
    expect(await events.next()).toMatchObject({ done: true });
    await Promise.all([writer.close(), other.close()]);
  });
});

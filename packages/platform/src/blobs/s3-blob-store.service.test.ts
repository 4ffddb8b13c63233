import { randomUUID } from 'node:crypto';
import { describeWithService } from '@agentos/platform/testing';
import { expect, test } from 'vitest';
import { blobContract } from './blobs.contract.js';
import { S3BlobStore } from './s3-blob-store.js';

describeWithService('s3', 'blobs in S3', (endpoint) => {
  const region = process.env.AWS_REGION ?? 'us-east-1';
  const bucket = `agentos-test-${randomUUID()}`; // missing at first, so every run makes one
  blobContract(() => S3BlobStore.open({ endpoint, region, bucket }));

  test('processes that find the bucket missing at the same time all get to work', async () => {
    const raced = `agentos-test-${randomUUID()}`;
    const stores = await Promise.all(
      Array.from({ length: 5 }, () => S3BlobStore.open({ endpoint, region, bucket: raced })),
    );
    await Promise.all(
      stores.map((store, n) => store.put(`tenant/${n}`, Buffer.from('x'), { contentType: 'text/plain' })),
    );
    expect(await stores[0]?.deletePrefix('tenant/')).toBe(5);
    for (const store of stores) await store.close();
  });

  test('more blobs than one page lists are listed, and deleted, all', async () => {
    const store = await S3BlobStore.open({ endpoint, region, bucket });
    for (let from = 0; from < 1_100; from += 100) {
      const names = Array.from({ length: 100 }, (_, n) => `tenant/many/${from + n}`);
      await Promise.all(names.map((key) => store.put(key, Buffer.from('x'), { contentType: 'text/plain' })));
    }
    const keys = new Set<string>();
    for await (const { key } of store.list('tenant/many/')) keys.add(key);
    expect(keys.size).toBe(1_100);
    expect(await store.deletePrefix('tenant/many/')).toBe(1_100);
    expect(await store.deletePrefix('tenant/many/')).toBe(0);
    await store.close();
  });

  test('a store that does not answer is UNAVAILABLE, and may be asked again', async () => {
    const store = await S3BlobStore.open({ endpoint: 'http://127.0.0.1:9', region, bucket });
    await expect(store.ping()).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    await expect(store.get('tenant/a')).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    await store.close();
  });
});

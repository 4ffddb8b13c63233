import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { embedderContract } from './embedder.contract.js';
import { MiniLmEmbedder } from './minilm-embedder.js';

embedderContract('MiniLM on onnxruntime-node', () => new MiniLmEmbedder({ runtimes: ['onnxruntime-node'] }));
embedderContract('MiniLM on onnxruntime-web', () => new MiniLmEmbedder({ runtimes: ['onnxruntime-web'] }));

describe('MiniLM', () => {
  it('gives nearly the same vectors on both runtimes', async () => {
    const native = new MiniLmEmbedder({ runtimes: ['onnxruntime-node'] });
    const web = new MiniLmEmbedder({ runtimes: ['onnxruntime-web'] });
    const [[a], [b]] = await Promise.all([native.embed(['The build is green.']), web.embed(['The build is green.'])]);
    expect(a!.reduce((sum, value, i) => sum + value * b![i]!, 0)).toBeGreaterThan(0.98);
    await Promise.all([native.close(), web.close()]);
  });

  it('keeps the event loop free while it embeds', async () => {
    const embedder = new MiniLmEmbedder();
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await embedder.embed(
      Array.from({ length: 40 }, (_, i) => `A sentence of some length, number ${i}, about nothing much.`),
    );
    clearInterval(timer);
    expect(turns).toBeGreaterThan(20);
    await embedder.close();
  });

  it('refuses a damaged or missing model with a message that says so, and stays usable to ask again', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'minilm-'));
    const missing = new MiniLmEmbedder({ modelDir: dir });
    await missing.warm();
    await expect(missing.embed(['x'])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await cp(new URL('../../../../models/minilm-l6-v2-int8/vocab.txt', import.meta.url), join(dir, 'vocab.txt'));
    await writeFile(join(dir, 'model.onnx'), 'not a model');
    await expect(missing.embed(['x'])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await missing.close();
    await rm(dir, { recursive: true });
  });

  it('refuses more than may wait', async () => {
    const embedder = new MiniLmEmbedder({ maxWaiting: 10 });
    await expect(embedder.embed(Array.from({ length: 11 }, () => 'x'))).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      retryable: true,
    });
    await embedder.close();
  });
});

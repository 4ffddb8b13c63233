import { describe, expect, it } from 'vitest';
import type { Embedder } from '../service/ports.js';

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);

/** What every embedder keeps, whatever runs it. */
export function embedderContract(name: string, open: () => Embedder): void {
  describe(`embedder: ${name}`, () => {
    it('gives vectors of its dimensions and of length 1, in the order of the texts', async () => {
      await using embedder = closing(open());
      const texts = ['The cat sits on the mat.', 'Interest rates went up again.', 'x'];
      const vectors = await embedder.embed(texts);
      expect(vectors).toHaveLength(3);
      for (const vector of vectors) {
        expect(vector).toHaveLength(embedder.dimensions);
        expect(dot(vector, vector)).toBeCloseTo(1, 4);
      }
      for (const [i, text] of texts.entries()) {
        const [alone] = await embedder.embed([text]);
        expect(dot(alone!, vectors[i]!)).toBeCloseTo(1, 5);
      }
    });

    it('puts texts of the same meaning nearer than texts that share words', async () => {
      await using embedder = closing(open());
      const [query, meaning, words, other] = await embedder.embed([
        'How do I recover my account password?',
        'Resetting forgotten login credentials',
        'The account of his journey moved us all',
        'A recipe for lentil soup',
      ]);
      expect(dot(query!, meaning!)).toBeGreaterThan(dot(query!, words!) + 0.1);
      expect(dot(query!, meaning!)).toBeGreaterThan(dot(query!, other!) + 0.3);
    });

    it('takes empty, foreign, huge and broken text', async () => {
      await using embedder = closing(open());
      const texts = [
        '',
        '   ',
        '日本語のテキスト',
        '🙂'.repeat(300),
        'word '.repeat(20_000),
        'x'.repeat(100_000),
        '\ud800',
      ];
      for (const vector of await embedder.embed(texts)) expect(dot(vector, vector)).toBeCloseTo(1, 4);
      expect(await embedder.embed([])).toEqual([]);
    });

    it('lets few texts overtake many, and forgets texts whose caller has gone', async () => {
      await using embedder = closing(open());
      await embedder.warm();
      const ended: string[] = [];
      const gone = new AbortController();
      const bulk = embedder
        .embed(Array.from({ length: 100 }, (_, i) => `Entry number ${i}`))
        .then(() => ended.push('bulk'));
      const dropped = embedder.embed(
        Array.from({ length: 100 }, () => 'never'),
        gone.signal,
      );
      gone.abort(new Error('gone'));
      const query = embedder.embed(['a question']).then(() => ended.push('query'));
      await expect(dropped).rejects.toThrow('gone');
      await Promise.all([bulk, query]);
      expect(ended).toEqual(['query', 'bulk']);
    });

    it('refuses texts once it is closed', async () => {
      const embedder = open();
      await embedder.close();
      await expect(embedder.embed(['late'])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    });
  });
}

const closing = (embedder: Embedder): Embedder & AsyncDisposable =>
  Object.assign(embedder, { [Symbol.asyncDispose]: () => embedder.close() });

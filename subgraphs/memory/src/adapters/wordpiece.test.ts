import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createWordPiece } from './wordpiece.js';

const vocabulary = readFileSync(new URL('../../../../models/minilm-l6-v2-int8/vocab.txt', import.meta.url), 'utf8');
const pieces = vocabulary.split('\n');
const tokenizer = createWordPiece(vocabulary);
const encode = (text: string, max = 256) => tokenizer.encode(text, max).map((id) => pieces[id]);

describe('WordPiece', () => {
  it('cuts unknown words into the longest known pieces', () => {
    expect(encode('Unaffable embeddings')).toEqual([
      '[CLS]',
      'una',
      '##ffa',
      '##ble',
      'em',
      '##bed',
      '##ding',
      '##s',
      '[SEP]',
    ]);
  });
  it('lowers case, drops accents and splits marks as BERT does', () => {
    expect(encode("Café, it's $5!")).toEqual(['[CLS]', 'cafe', ',', 'it', "'", 's', '$', '5', '!', '[SEP]']);
  });
  it('takes CJK character by character', () => {
    expect(encode('東京 x')).toEqual(['[CLS]', '東', '京', 'x', '[SEP]']);
  });
  it('gives the ids of the reference implementation', () => {
    expect(tokenizer.encode('Hello, world!', 256)).toEqual([101, 7592, 1010, 2088, 999, 102]);
  });
  it('ends at the limit and ignores control characters', () => {
    expect(encode('one two three four', 4)).toEqual(['[CLS]', 'one', 'two', '[SEP]']);
    expect(encode('a\u0000b\u200bc')).toEqual(['[CLS]', 'a', 'b', 'c', '[SEP]']);
    expect(encode('z'.repeat(101))).toEqual(['[CLS]', '[UNK]', '[SEP]']);
    expect(encode('')).toEqual(['[CLS]', '[SEP]']);
  });
});

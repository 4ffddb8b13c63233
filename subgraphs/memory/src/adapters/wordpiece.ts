/**
 * BERT's WordPiece tokenizer (uncased): text → ids of a fixed vocabulary. Words that the vocabulary lacks are cut into
 * the longest pieces that it has, greedily from the left; `##` marks a piece that continues a word.
 */
export interface WordPiece {
  /** Ids with `[CLS]` before and `[SEP]` after, at most `maxTokens` in all. Reads no further than it must. */
  encode(text: string, maxTokens: number): number[];
}

const maxWordLength = 100; // as in BERT: longer "words" are hashes or base64, which pieces would not describe

/** @param vocabulary one piece per line; its line number is its id */
export function createWordPiece(vocabulary: string): WordPiece {
  const ids = new Map<string, number>();
  for (const [id, piece] of vocabulary.split(/\r?\n/).entries()) if (piece !== '') ids.set(piece, id);
  const special = (piece: string) => {
    const id = ids.get(piece);
    if (id === undefined) throw new Error(`The vocabulary has no ${piece}: it is not one of BERT's.`);
    return id;
  };
  const [cls, sep, unknown] = [special('[CLS]'), special('[SEP]'), special('[UNK]')];

  function pieces(word: string): number[] {
    const characters = [...word];
    if (characters.length > maxWordLength) return [unknown];
    const out: number[] = [];
    for (let start = 0; start < characters.length; ) {
      let end = characters.length;
      let id: number | undefined;
      for (; end > start; end--) {
        const piece = characters.slice(start, end).join('');
        id = ids.get(start === 0 ? piece : `##${piece}`);
        if (id !== undefined) break;
      }
      if (id === undefined) return [unknown];
      out.push(id);
      start = end;
    }
    return out;
  }

  return {
    encode(text, maxTokens) {
      const out = [cls];
      for (const word of words(text)) {
        if (out.length >= maxTokens - 1) break;
        for (const id of pieces(word)) out.push(id);
      }
      out.length = Math.min(out.length, maxTokens - 1);
      out.push(sep);
      return out;
    },
  };
}

/** Runs of word characters, and every mark or CJK character alone: lower case, without accents. */
function* words(text: string): Generator<string> {
  // In slices, because a memory may be 100 kB and only its first tokens are read.
  for (let at = 0; at < text.length; at += sliceLength) {
    const end = at + sliceLength;
    // A word on the edge of a slice is cut; that happens past the token limit for all but unspaced text.
    const slice = text
      .slice(at, end)
      .toLowerCase()
      .normalize('NFD')
      .replace(/\p{Mn}/gu, '');
    for (const match of slice.matchAll(wordPattern)) yield match[0];
  }
}
const sliceLength = 8_192;
const cjk = '\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{2fa1f}';
// Punctuation as BERT has it: all of Unicode's, and ASCII's symbols ($ + < = > ^ ` | ~).
const mark = '\\p{P}$+<=>^`|~';
const wordPattern = new RegExp(`[${cjk}]|[${mark}]|[^\\s\\p{C}\\ufffd${mark}${cjk}]+`, 'gu');

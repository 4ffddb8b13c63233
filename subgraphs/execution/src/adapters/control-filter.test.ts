import { describe, expect, it } from 'vitest';
import { ControlFilter } from './control-filter.js';

describe('reports among the output', () => {
  const stream = 'before\x1esecret started\nfirst \x1e not ours \x1esecre t\x1esecret exit 0\nafter\x1esec';
  it.each([1, 2, 3, 7, 1000])('are taken out, cut into pieces of %i bytes', (size) => {
    const lines: string[] = [];
    const filter = new ControlFilter('\x1esecret ', (line) => lines.push(line));
    let own = '';
    for (let at = 0; at < stream.length; at += size)
      own += filter.push(Buffer.from(stream.slice(at, at + size))).toString();
    own += filter.end().toString();
    expect(lines).toEqual(['started', 'exit 0']);
    expect(own).toBe('beforefirst \x1e not ours \x1esecre tafter\x1esec');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventBody } from '../domain/event.js';
import { pumpOutput } from './output-pump.js';
import type { OutputPiece } from './ports.js';

async function* pieces(
  ...given: [stream: 'STDOUT' | 'STDERR', bytes: Uint8Array | string, pauseMs?: number][]
): AsyncGenerator<OutputPiece> {
  for (const [stream, bytes, pauseMs] of given) {
    if (pauseMs !== undefined) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    yield { stream, bytes: Buffer.from(bytes as string) };
  }
}

async function pump(source: AsyncIterable<OutputPiece>, limitBytes = 1e9) {
  const bodies: EventBody[] = [];
  let limits = 0;
  const done = await pumpOutput(source, {
    limitBytes,
    onLimit: () => {
      limits += 1;
    },
    emit: async (more) => void bodies.push(...more),
  });
  return { ...done, limits, bodies };
}

const output = (bodies: EventBody[]) => bodies.flatMap((body) => (body.kind === 'output' ? [body] : []));
const bytesOf = (bodies: EventBody[], stream: string) =>
  Buffer.concat(
    output(bodies)
      .filter((body) => body.stream === stream)
      .map((body) => (body.base64 === undefined ? Buffer.from(body.text) : Buffer.from(body.base64, 'base64'))),
  );

describe('output on its way to the spool', () => {
  it('is joined, by stream and in order', async () => {
    const { bodies } = await pump(pieces(['STDOUT', 'a'], ['STDOUT', 'b'], ['STDERR', 'x'], ['STDOUT', 'c']));
    expect(output(bodies).map(({ stream, text }) => [stream, text])).toEqual([
      ['STDOUT', 'ab'],
      ['STDERR', 'x'],
      ['STDOUT', 'c'],
    ]);
  });
  it('comes without waiting for more', async () => {
    const { bodies } = await pump(pieces(['STDOUT', 'first'], ['STDOUT', 'second', 60]));
    expect(output(bodies).map(({ text }) => text)).toEqual(['first', 'second']);
  });
  it('never splits a code point, also between the streams', async () => {
    const euro = Buffer.from('€');
    const { bodies } = await pump(
      pieces(
        ['STDOUT', euro.subarray(0, 1)],
        ['STDERR', 'e', 40],
        ['STDOUT', euro.subarray(1, 2), 40],
        ['STDOUT', euro.subarray(2)],
      ),
    );
    expect(output(bodies).map(({ stream, text }) => [stream, text])).toEqual([
      ['STDERR', 'e'],
      ['STDOUT', '€'],
    ]);
  });
  it('keeps bytes that are no text as base64', async () => {
    const { bodies } = await pump(pieces(['STDOUT', Buffer.from([0xff, 0xfe])], ['STDERR', Buffer.from([0xe2, 0x82])]));
    expect(output(bodies)).toEqual([
      { kind: 'output', stream: 'STDOUT', text: '', base64: '//4=' },
      { kind: 'output', stream: 'STDERR', text: '', base64: '4oI=' },
    ]);
  });
  it('keeps the head up to the limit, says so once, and drops half a code point there', async () => {
    const { bodies, bytes, truncated, limits } = await pump(
      pieces(['STDOUT', 'ab'], ['STDOUT', 'c€'], ['STDERR', 'more']),
      4,
    );
    expect({ bytes, truncated, limits }).toEqual({ bytes: 4, truncated: true, limits: 1 });
    expect(bytesOf(bodies, 'STDOUT').toString()).toBe('abc');
  });
  it('exactly at the limit is not past it', async () => {
    expect(await pump(pieces(['STDOUT', 'abcd']), 4)).toMatchObject({ truncated: false, limits: 0 });
  });
  it('gives every byte back in order, however it was cut', async () => {
    const chunk = fc.record({
      stream: fc.constantFrom('STDOUT' as const, 'STDERR' as const),
      bytes: fc.uint8Array({ maxLength: 200_000, size: 'max' }),
    });
    const text = fc.record({
      stream: fc.constantFrom('STDOUT' as const, 'STDERR' as const),
      bytes: fc.string({ unit: 'binary', maxLength: 50 }).map((s) => Buffer.from(s)),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(chunk, text), { maxLength: 8 }), async (given) => {
        const { bodies } = await pump(
          pieces(...given.map(({ stream, bytes }): [typeof stream, Uint8Array] => [stream, bytes])),
        );
        for (const stream of ['STDOUT', 'STDERR']) {
          const want = Buffer.concat(
            given.filter((each) => each.stream === stream).map((each) => Buffer.from(each.bytes)),
          );
          expect(bytesOf(bodies, stream).equals(want)).toBe(true);
        }
        for (const { text: shown } of output(bodies))
          expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(64 * 1024 + 3);
      }),
      { numRuns: 30 },
    );
  });
});

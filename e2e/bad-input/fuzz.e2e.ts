import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { type GraphQLNamedType, isEnumType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { operationFor, plainLeaf, rootFields, valueFor } from '../harness/schema-walk.js';
import { type GraphQLAnswer, TestServer } from '../harness/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

const contractCodes = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'BAD_USER_INPUT',
  'CONFLICT',
  'RATE_LIMITED',
  'QUOTA_EXCEEDED',
  'UNAVAILABLE',
  'TIMEOUT',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_REQUEST',
  'PERSISTED_QUERY_NOT_FOUND',
]);

function expectHonest(answer: GraphQLAnswer, what: string): void {
  for (const error of answer.errors ?? []) {
    expect(contractCodes, `${what}: ${JSON.stringify(error)}`).toContain(error.extensions['code']);
    expect(typeof error.extensions['retryable'], what).toBe('boolean');
    expect(JSON.stringify(error), what).not.toMatch(
      /node_modules|\.ts:\d+|\.js:\d+|at async |select .* from|duplicate key/i,
    );
  }
}

async function post(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json', ...headers },
    body,
  });
  return { status: response.status, answer: (await response.json()) as GraphQLAnswer };
}

/** Values that are wrong in some place, or right in a way that hurts. */
const nasty: [string, (type: GraphQLNamedType) => unknown][] = [
  ['NUL characters', () => 'a\u0000b'],
  ['a lone surrogate', () => 'a\ud800b'],
  ['an empty string', () => ''],
  ['spaces', () => '   '],
  ['a huge string', () => 'x'.repeat(1_000_000)],
  ['SQL', () => "'; drop table memory; --"],
  ['markup and line ends', () => '<script>\r\nSet-Cookie: a=b'],
  ['a wrong id', () => 'mem_00000000000000000000000000'],
  ['an id with spaces', () => ' agent_01h455vb4pex5vsknk084sn02q '],
  ['the name of a prototype', () => '__proto__'],
  ['a negative number', (type) => (/Int|Float/.test(type.name) ? -1 : '-1')],
  [
    'a huge number',
    (type) => (type.name === 'Float' ? 1e308 : type.name === 'BigInt' ? '99999999999999999999' : 2_147_483_647),
  ],
  ['a number of no kind', () => Number.NaN],
  ['a boolean', () => true],
  ['an object', () => ({ a: { b: [1] } })],
  ['a list', () => [[['x']]]],
  ['null', () => null],
  ['a far date', () => '+099999-01-01T00:00:00.000Z'],
];

describe('bad input', () => {
  for (const root of rootFields()) {
    if (root.operation === 'subscription' || root.field.args.length === 0) continue;
    it(`${root.operation} ${root.field.name} answers every bad argument with a code of the contract`, async () => {
      for (const [title, value] of nasty) {
        for (const full of [false, true]) {
          const args = Object.fromEntries(
            root.field.args.map((arg) => [
              arg.name,
              valueFor(arg, (type) => (isEnumType(type) ? plainLeaf(type) : value(type)), full),
            ]),
          );
          const { query, variables } = operationFor(root, args);
          const what = `${root.field.name} with ${title}${full ? ' everywhere' : ''}`;
          const { status, answer } = await post(JSON.stringify({ query, variables }));
          expect(status, what).toBeLessThan(500);
          expectHonest(answer, what);
        }
      }
    });
  }

  it.each([
    ['nothing', ''],
    ['no JSON', '{"query": '],
    ['a list', '[{"query":"{ me { id } }"}]'],
    ['a number', '42'],
    ['null', 'null'],
    ['no query', '{}'],
    ['a query of a wrong type', '{"query": 7}'],
    ['variables of a wrong type', '{"query":"{ me { id } }","variables":"x"}'],
    ['an unknown operation name', '{"query":"query A { me { id } }","operationName":"B"}'],
    ['a syntax error', '{"query":"{ me { "}'],
    ['unknown fields', '{"query":"{ nope { nada } }"}'],
    ['a deep query', JSON.stringify({ query: `{ ${'me { tenant { '.repeat(2000)} id ${'} }'.repeat(2000)} }` })],
    [
      'a wide query',
      JSON.stringify({ query: `{ ${Array.from({ length: 5000 }, (_, i) => `a${i}: me { id }`).join(' ')} }` }),
    ],
    [
      'circular fragments',
      '{"query":"{ me { ...A } } fragment A on Principal { ...B } fragment B on Principal { ...A }"}',
    ],
    [
      'a fragment bomb',
      JSON.stringify({
        query: `{ me { ...F0 } } ${Array.from({ length: 40 }, (_, i) => `fragment F${i} on Principal { ...F${i + 1} ...F${i + 1} }`).join(' ')} fragment F40 on Principal { id }`,
      }),
    ],
  ])('a body that is %s gets a 4xx with a code', async (_title, body) => {
    const { status, answer } = await post(body);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(answer.errors?.length).toBeGreaterThan(0);
    expectHonest(answer, body.slice(0, 100));
  });

  it('a body of ten megabytes is refused', async () => {
    const { status, answer } = await post(
      JSON.stringify({ query: '{ me { id } }', variables: { pad: 'x'.repeat(10_000_000) } }),
    ).catch(() => ({
      status: 413, // the server may close the connection while we still send
      answer: { errors: [] } as GraphQLAnswer,
    }));
    expect(status).toBe(413);
    expectHonest(answer, 'ten megabytes');
  });

  it('JSON that is nested without end is refused', async () => {
    const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
    const query =
      'mutation ($d: JSON) { logSecurityEvent(input: { type: "t", action: "a", outcome: FAILED, details: $d }) { id } }';
    const { status, answer } = await post(`{"query":${JSON.stringify(query)},"variables":{"d":${deep}}}`, {
      'idempotency-key': 'deep',
    });
    expect(status).toBe(400);
    expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', retryable: false });
  });

  it.each(['GET // HTTP/1.1', 'GET //?x HTTP/1.1', 'GET http:// HTTP/1.1', 'GET //graphql HTTP/1.1'])(
    'the target of “%s” is no page, and asked for as a WebSocket it is none either',
    async (line) => {
      for (const upgrade of [
        '',
        'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n',
      ]) {
        const socket = connect(server.port, '127.0.0.1');
        socket.write(`${line}\r\nHost: localhost\r\n${upgrade || 'Connection: close\r\n'}\r\n`);
        let text = '';
        for await (const chunk of socket) text += String(chunk);
        expect(text).toMatch(/^HTTP\/1\.1 4\d\d /);
      }
    },
  );

  it('a persisted query that is named wrongly is refused as the caller’s mistake', async () => {
    for (const persistedQuery of [
      5,
      {},
      { version: 2, sha256Hash: 'a'.repeat(64) },
      { version: 1, sha256Hash: 'a'.repeat(64) },
    ]) {
      const { status, answer } = await post(JSON.stringify({ query: '{ me { id } }', extensions: { persistedQuery } }));
      expect(status).toBe(400);
      expect(answer.errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
    }
  });

  it('the same idempotency key with another persisted query is a conflict', async () => {
    const send = (query: string | undefined, of: string) =>
      post(
        JSON.stringify({
          ...(query === undefined ? {} : { query }),
          extensions: { persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(of).digest('hex') } },
        }),
        { 'idempotency-key': `persisted${query === undefined ? '' : '-first'}-${of.length}` },
      );
    const [one, two] = [
      'mutation { registerAgent(input: { name: "p1" }) { id } }',
      'mutation { registerAgent(input: { name: "p22" }) { name } }',
    ];
    await send(one, one as string);
    await send(two, two as string);
    const key = { 'idempotency-key': 'persisted' };
    const byHash = (of: string) =>
      post(
        JSON.stringify({
          extensions: { persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(of).digest('hex') } },
        }),
        key,
      );
    const first = await byHash(one as string);
    const other = await byHash(two as string);
    const again = await post(JSON.stringify({ query: one }), key);
    expect(first.answer.data?.registerAgent.id).toBeTruthy();
    expect(other.answer.errors?.[0]?.extensions).toMatchObject({
      code: 'CONFLICT',
      retryable: false,
      traceId: expect.any(String),
    });
    expect(again.answer.data).toEqual(first.answer.data);
  });

  it('broken UTF-8 is refused', async () => {
    const { status, answer } = await post(new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]));
    expect(status).toBe(400);
    expect(answer.errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
  });

  it('a form is refused, so that no other page can post in the name of its visitor', async () => {
    const { status } = await post('query=%7Bme%7Bid%7D%7D', { 'content-type': 'application/x-www-form-urlencoded' });
    expect(status).toBe(400);
  });

  it.each([
    '',
    'nonsense',
    'Bearer',
    'Bearer ',
    'Basic YTpi',
    `Bearer ${'x'.repeat(5000)}`,
    'Bearer wrong-key-wrong-key',
  ])('the credential %j is refused with 401', async (authorization) => {
    const { status, answer } = await post('{"query":"{ me { id } }"}', { authorization });
    expect(status).toBe(401);
    expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', retryable: false });
  });

  it('garbage on the WebSocket closes that connection and nothing else', async () => {
    for (const garbage of [
      '{',
      'null',
      '{"type":"subscribe"}',
      '{"type":"nope"}',
      Buffer.from([0xff, 0xfe, 0x00]),
      'x'.repeat(100_000),
    ]) {
      const socket = new WebSocket(`ws://127.0.0.1:${server.port}/graphql`, 'graphql-transport-ws');
      await new Promise((resolve) => socket.once('open', resolve));
      const closed = new Promise<number>((resolve) => socket.once('close', resolve));
      socket.send(garbage);
      expect([4400, 4401, 1007, 1009]).toContain(await closed);
    }
    const wrongKey = new WebSocket(`ws://127.0.0.1:${server.port}/graphql`, 'graphql-transport-ws');
    await new Promise((resolve) => wrongKey.once('open', resolve));
    const closed = new Promise<number>((resolve) => wrongKey.once('close', resolve));
    wrongKey.send(JSON.stringify({ type: 'connection_init', payload: { authorization: 'Bearer nope' } }));
    expect(await closed).toBe(4403);
  });

  it('bytes that are no HTTP do not hurt', async () => {
    const socket = connect(server.port, '127.0.0.1').resume();
    socket.end(Buffer.from([0x16, 0x03, 0x01, 0x00, 0xff, 0x00]));
    await new Promise((resolve) => socket.once('close', resolve));
  });

  it('after all of that it still works, and told the log of no internal failure', async () => {
    expect((await server.must('{ me { name } }')).me.name).toBeTruthy();
    expect(server.output).not.toContain('a request failed inside');
  });
});

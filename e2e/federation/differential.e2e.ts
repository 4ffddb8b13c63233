import { type ExecutionResult, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createEngine, InProcessSubgraphService } from '../../gateway/src/federation/index.js';
import { generateOperation } from './generate-operation.js';
import { SHOP_VALUES, shopGraph } from './graphs/shop.js';
import { stockGateway } from './oracle.js';
import { Random } from './random.js';

const SEED = 20_240_607;

describe('answers generated operations as the stock gateway does', () => {
  it.each([
    { type: 'query', interfaceObjects: false, operations: 200 },
    { type: 'mutation', interfaceObjects: false, operations: 40 },
    { type: 'query', interfaceObjects: true, operations: 60 },
  ] as const)('$type, with interface objects: $interfaceObjects', async ({ type, interfaceObjects, operations }) => {
    const subgraphs = shopGraph({ interfaceObjects });
    const engine = createEngine({ services: subgraphs.map((subgraph) => new InProcessSubgraphService(subgraph)) });
    const stock = await stockGateway(subgraphs, engine.supergraphSdl);
    for (let seed = SEED, valid = 0; valid < operations; seed++) {
      const { query, variables } = generateOperation(engine.apiSchema, new Random(seed), SHOP_VALUES, type);
      if (validate(engine.apiSchema, parse(query)).length > 0) continue;
      valid++;
      const ours = await engine.execute({ query, variables }, {});
      const theirs = await stock.execute(query, variables);
      const operation = `seed ${seed}\n${query}\n${JSON.stringify(variables)}`;
      if (interfaceObjects) {
        // The stock gateway loses the type of an object once a subgraph that knows only the interface named that.
        expect({ data: asRead(ours.data) }, operation).toMatchObject({
          data: nullsFrom(ours.data, asRead(theirs.data)),
        });
      } else {
        expect(asRead(ours.data), operation).toEqual(asRead(theirs.data));
        const [own, expected] = [errorsOf(ours), errorsOf(theirs)];
        expect(own.map(({ code }) => code).sort(), operation).toEqual(expected.map(({ code }) => code).sort());
        for (const { code, place } of own) {
          const isExpected = expected.some((error) => error.code === code && error.place.startsWith(place));
          expect(isExpected, `${code} at ${place}\n${operation}`).toBe(true);
        }
      }
      for (const error of ours.errors ?? []) expect(isPlace(ours.data, error.path ?? []), operation).toBe(true);
    }
  });
});

/** As a client reads it. The order of keys is left out: the stock gateway reorders repeated fields. */
const asRead = (data: unknown): unknown => data && (JSON.parse(JSON.stringify(data)) as unknown);

/**
 * Code and place of each error. Indices are left out: the stock gateway miscounts where some elements need no fetch. A path of ours
 * ends where what was asked for ends.
 */
function errorsOf({ errors, extensions }: ExecutionResult): { code: string; place: string }[] {
  // What the specification wants among the errors, the stock gateway hides there.
  const completion = (extensions?.['valueCompletion'] ?? []) as readonly { path: readonly (string | number)[] }[];
  const place = (path: readonly (string | number)[] = []) =>
    path.map((element) => `${typeof element === 'number' ? '@' : element}.`).join('');
  return [
    ...(errors ?? []).map(({ extensions, path }) => ({ code: String(extensions?.['code']), place: place(path) })),
    ...completion.map(({ path }) => ({ code: 'INTERNAL_SERVER_ERROR', place: place(path) })),
  ];
}

/** Whether an error's path leads to something in the response, or to where a null ends it. */
function isPlace(data: unknown, path: readonly (string | number)[]): boolean {
  let value = data;
  for (const element of path) {
    if (value === null) return true;
    value = (value as Record<string | number, unknown>)[element];
    if (value === undefined) return false;
  }
  return true;
}

/** The expected data, but with ours wherever it says null. */
function nullsFrom(ours: unknown, expected: unknown): unknown {
  if (expected === null) return asRead(ours);
  if (Array.isArray(expected)) {
    return expected.map((element, index) => nullsFrom((ours as unknown[] | null)?.[index] ?? null, element));
  }
  if (typeof expected !== 'object') return expected;
  const own = (ours ?? {}) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(expected as object).map(([key, value]) => [key, nullsFrom(own[key] ?? null, value)]),
  );
}

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import {
  buildASTSchema,
  type DefinitionNode,
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  parse,
  print,
  visit,
} from 'graphql';
import { describe, expect, it } from 'vitest';

/** Where the contract lies: beside the project, or wherever AGENTOS_CONTRACT_DIR says. */
const root = fileURLToPath(new URL('..', import.meta.url));
const contractDir = process.env['AGENTOS_CONTRACT_DIR'] ?? join(root, '../shared/contract');
const contractFiles = (() => {
  try {
    return readdirSync(contractDir).filter((file) => file.endsWith('.graphql') && file !== 'common.graphql');
  } catch {
    return [];
  }
})();

/** Coordinates (`Query.task`, `Plugin.hooks`) that are not there yet, one a line. */
const notServed = readFileSync(join(root, 'schema/not-served.txt'), 'utf8')
  .split('\n')
  .map((line) => line.trim())
  .filter((line) => line !== '' && !line.startsWith('#'));

const builtInScalars = new Set(['ID', 'String', 'Int', 'Float', 'Boolean']);

/** One subgraph's SDL as a plain schema: without directives, and with the types of other subgraphs as references. */
function plainSchema(...sources: string[]): GraphQLSchema {
  const definitions = sources
    .flatMap((source) => parse(source).definitions)
    .filter(
      (node) =>
        node.kind !== Kind.SCHEMA_EXTENSION &&
        node.kind !== Kind.SCHEMA_DEFINITION &&
        node.kind !== Kind.DIRECTIVE_DEFINITION,
    )
    .map(
      (node): DefinitionNode =>
        node.kind === Kind.OBJECT_TYPE_EXTENSION ? { ...node, kind: Kind.OBJECT_TYPE_DEFINITION } : node,
    );
  const document: DocumentNode = visit({ kind: Kind.DOCUMENT, definitions }, { Directive: () => null });
  const known = new Set(document.definitions.map((node) => ('name' in node ? node.name?.value : undefined)));
  const referenced = new Set<string>();
  visit(document, {
    NamedType: ({ name }) => {
      if (!known.has(name.value) && !builtInScalars.has(name.value)) referenced.add(name.value);
    },
  });
  const references = [...referenced].flatMap((name) => parse(`type ${name} { id: ID! }`).definitions);
  return buildASTSchema(
    { ...document, definitions: [...document.definitions, ...references] },
    { assumeValidSDL: true },
  );
}

describe.skipIf(contractFiles.length === 0)('the schema is a superset of the contract', () => {
  const common = contractFiles.length === 0 ? 'scalar JSON' : readFileSync(join(contractDir, 'common.graphql'), 'utf8');
  const commonTypes = parse(common).definitions.flatMap((node) =>
    'name' in node && node.name ? [{ name: node.name.value, sdl: print(node) }] : [],
  );
  it.each(contractFiles)('%s', async (file) => {
    const name = basename(file, '.graphql');
    const text = readFileSync(join(contractDir, file), 'utf8');
    // What is shared is part of a subgraph's contract where that subgraph uses it.
    const used = new Set<string>();
    visit(parse(text), { NamedType: ({ name: type }) => void used.add(type.value) });
    const contract = plainSchema(...commonTypes.filter((type) => used.has(type.name)).map(({ sdl }) => sdl), text);
    const own =
      name === 'gateway'
        ? readFileSync(join(root, 'schema/api.graphql'), 'utf8')
        : readFileSync(join(root, `schema/${name}.graphql`), 'utf8');
    const changes = await diff(contract, plainSchema(own));
    const broken = changes
      .filter(({ criticality }) => criticality.level !== CriticalityLevel.NonBreaking)
      .filter(
        ({ path = '' }) => !notServed.some((coordinate) => path === coordinate || path.startsWith(`${coordinate}.`)),
      )
      .map(({ message }) => message);
    expect(broken).toEqual([]);
  });
});

it('what is listed as not served yet is part of the contract', () => {
  const text = contractFiles.map((file) => readFileSync(join(contractDir, file), 'utf8')).join('\n');
  if (text === '') return;
  for (const coordinate of notServed) expect(text, coordinate).toContain(coordinate.split('.').at(-1) as string);
});

import { createTestPlatform } from '@agentos/platform/testing';
import { unguarded } from '@agentos/subgraph-kit';
import { Kind, parse } from 'graphql';
import { expect, it } from 'vitest';
import { loadSubgraph, subgraphNames } from './runtime/modules.js';

/** The types that a subgraph resolves by reference. */
function resolvableEntities(sdl: string): string[] {
  return parse(sdl).definitions.flatMap((node) => {
    if (node.kind !== Kind.OBJECT_TYPE_DEFINITION && node.kind !== Kind.OBJECT_TYPE_EXTENSION) return [];
    const key = node.directives?.find((directive) => directive.name.value === 'key');
    const resolvable = key?.arguments?.find((argument) => argument.name.value === 'resolvable')?.value;
    if (key === undefined || (resolvable?.kind === Kind.BOOLEAN && !resolvable.value)) return [];
    return [node.name.value];
  });
}

it.each(subgraphNames)('every root field and entity of %s declares its permission', async (name) => {
  const entry = await loadSubgraph(name);
  const platform = await createTestPlatform([entry.persistence]);
  const module = await entry.create(platform);
  expect(unguarded(module.schema, resolvableEntities(module.sdl))).toEqual([]);
  await module.stop(AbortSignal.timeout(5_000));
  await platform[Symbol.asyncDispose]();
});

import { createHash } from 'node:crypto';
import { composeServices } from '@apollo/composition';
import { Supergraph } from '@apollo/federation-internals';
import { type GraphQLError, type GraphQLSchema, parse } from 'graphql';

export interface SubgraphSdl {
  readonly name: string;
  readonly sdl: string;
}

/** A supergraph made earlier (composing takes seconds of CPU), with the hash of the SDLs that it was made from. */
export interface PrecomposedSupergraph {
  readonly sdl: string;
  /** What `hashSubgraphs` gave for the subgraphs it was composed of. */
  readonly subgraphsHash: string;
}

/** Everything that planning and answering need of one composition; immutable. */
export interface ComposedGraph {
  readonly supergraph: Supergraph;
  readonly supergraphSdl: string;
  /** What clients see: no federation machinery, nothing `@inaccessible`. */
  readonly apiSchema: GraphQLSchema;
  /** Everything that subgraphs serve, `@inaccessible` parts included. */
  readonly fullSchema: GraphQLSchema;
  readonly subgraphsHash: string;
}

/** Subgraphs that do not fit together. `errors` has every reason; the message lists them. */
export class CompositionError extends Error {
  override readonly name = 'CompositionError';
  readonly errors: readonly GraphQLError[];

  constructor(errors: readonly GraphQLError[]) {
    const reasons = errors.map((error) => {
      const code = error.extensions['code'];
      return `  - ${typeof code === 'string' ? `${code}: ` : ''}${error.message}`;
    });
    super(`The subgraphs do not compose:\n${reasons.join('\n')}`);
    this.errors = errors;
  }
}

/** Names a set of subgraphs by what is in them, in whatever order they come. */
export function hashSubgraphs(subgraphs: readonly SubgraphSdl[]): string {
  const hash = createHash('sha256');
  for (const { name, sdl } of [...subgraphs].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    hash.update(JSON.stringify([name, sdl]));
  }
  return hash.digest('hex');
}

/**
 * Composes subgraphs to a supergraph's SDL.
 *
 * @throws CompositionError with every reason why they do not compose
 */
export function composeSupergraph(subgraphs: readonly SubgraphSdl[]): PrecomposedSupergraph {
  const services = subgraphs.map(({ name, sdl }) => ({
    name,
    typeDefs: parseSdl(name, sdl),
    url: `subgraph://${name}`,
  }));
  const result = composeServices(services);
  if (result.errors) throw new CompositionError(result.errors);
  return { sdl: result.supergraphSdl, subgraphsHash: hashSubgraphs(subgraphs) };
}

/**
 * Makes the graph of these subgraphs, from `precomposed` where that was made of exactly these.
 *
 * @throws CompositionError where they do not compose
 */
export function loadGraph(subgraphs: readonly SubgraphSdl[], precomposed?: PrecomposedSupergraph): ComposedGraph {
  const subgraphsHash = hashSubgraphs(subgraphs);
  const { sdl } = precomposed?.subgraphsHash === subgraphsHash ? precomposed : composeSupergraph(subgraphs);
  // The default features: a supergraph with `@authenticated` or `@requiresScopes` is refused, since nothing here would enforce them.
  const supergraph = Supergraph.build(sdl);
  return {
    supergraph,
    supergraphSdl: sdl,
    apiSchema: supergraph.apiSchema().toGraphQLJSSchema(),
    fullSchema: supergraph.schema.toGraphQLJSSchema(),
    subgraphsHash,
  };
}

function parseSdl(name: string, sdl: string) {
  try {
    return parse(sdl);
  } catch (error) {
    throw new Error(`The SDL of the subgraph "${name}" cannot be parsed: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

import { createHash } from 'node:crypto';
import { type RequestContext, unauthenticated } from '@agentos/kernel';
import { createLogger, Metrics, type Platform } from '@agentos/platform';
import {
  createEngine,
  HttpSubgraphService,
  InProcessSubgraphService,
  type SubgraphService,
} from '../../gateway/src/federation/index.js';
import { Operations } from '../../gateway/src/operations.js';
import { defaultLimits, limitRule } from '../../gateway/src/plugins/limits.js';
import { GatewayServer, type GatewayServerOptions } from '../../gateway/src/server.js';
import { benchSubgraph, type SubgraphName, subgraphNames } from './graph.js';

/**
 * The gateway's own server with everything it has in production (authentication, limits, metrics, tracing hooks), over the bench's
 * graph. Only what would need a database is in memory: the credentials.
 *
 * @param urls of the subgraphs; in the process where there are none
 */
export async function serveAgentOS(urls: Readonly<Record<SubgraphName, string>> | undefined): Promise<number> {
  const services = subgraphNames.map((name): SubgraphService<RequestContext> => {
    const subgraph = benchSubgraph(name);
    if (urls === undefined)
      return new InProcessSubgraphService<RequestContext>({ ...subgraph, contextFor: () => ({}) });
    const headers = (ctx: RequestContext) => ({ authorization: `Bearer ${ctx.principal.id}` });
    return new HttpSubgraphService<RequestContext>({
      name,
      sdl: subgraph.sdl,
      url: urls[name],
      headers,
      deadline: ({ deadline }) => deadline,
    });
  });
  const validationRules = [limitRule(defaultLimits)];
  const engine = createEngine<RequestContext>({
    services,
    validationRules,
    parse: { maxTokens: defaultLimits.tokens },
  });
  const platform = { metrics: new Metrics(), logger: createLogger('silent'), parts: [] } as unknown as Platform;
  const server = await GatewayServer.create({
    platform,
    operations: new Operations(engine, platform),
    authenticator: credentialsInMemory(),
    validationRules,
    maxTokens: defaultLimits.tokens,
    parts: [],
  });
  return Number(new URL(await server.listen(0, '127.0.0.1')).port);
}

/** Looks a key up by its hash, as the real one does once it has seen it. */
function credentialsInMemory(): GatewayServerOptions['authenticator'] {
  const permissions: ReadonlySet<never> = new Set();
  const callers = new Map<string, Awaited<ReturnType<GatewayServerOptions['authenticator']['authenticate']>>>();
  return {
    async authenticate(token) {
      if (!token.startsWith('key-')) throw unauthenticated('The API key is not valid.');
      const hash = createHash('sha256').update(token).digest('base64url');
      let caller = callers.get(hash);
      if (caller === undefined) {
        caller = {
          tenantId: 'bench',
          principal: { id: token, kind: 'API_KEY', name: token },
          permissions,
          credentialId: hash,
        } as never;
        if (callers.size < 1_000) callers.set(hash, caller!);
      }
      return caller!;
    },
    close: async () => {},
  };
}

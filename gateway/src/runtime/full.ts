import { randomUUID } from 'node:crypto';
import type { RequestContext } from '@agentos/kernel';
import { ConfigurationError, createPlatform, type Environment } from '@agentos/platform';
import { securityPersistence } from '@agentos/security';
import { internalRequest, signInternalToken } from '@agentos/subgraph-kit';
import { HttpSubgraphService } from '../federation/index.js';
import type { Part } from '../plugins/health.js';
import type { Runtime } from './embedded.js';
import { type SubgraphName, subgraphNames } from './modules.js';

const startTimeoutMs = 120_000; // 2 minutes: services that start together wait for one another
const retryMs = 250;
const triesPerLine = 20; // 5 seconds: that one starts some seconds after another is nothing to report

/** Each subgraph a service of its own; the gateway holds only what it needs to know who is asking. */
export async function createFullRuntime(config: Environment): Promise<Runtime> {
  const urls = subgraphUrls(config);
  const platform = await createPlatform(config, [securityPersistence]);
  const { internalSecret, logger } = platform;
  const services: HttpSubgraphService<RequestContext>[] = [];
  try {
    const sdls = await Promise.all(urls.map(({ name, url }) => fetchSdl(name, url, internalSecret, logger)));
    for (const [index, { name, url }] of urls.entries()) {
      services.push(
        new HttpSubgraphService<RequestContext>({
          name,
          url,
          sdl: sdls[index] as string,
          headers: async (ctx) => ({ authorization: `Bearer ${await signInternalToken(ctx, internalSecret)}` }),
          deadline: (ctx) => ctx.deadline,
          // A subgraph that hangs costs a query its part of the answer after half a minute.
          timeoutMs: 30_000,
          mutationTimeoutMs: 120_000, // 2 minutes: it may wait for an execution
        }),
      );
    }
  } catch (error) {
    await platform[Symbol.asyncDispose]();
    throw error;
  }
  return {
    platform,
    services,
    parts: urls.map(
      ({ name, url }): Part => ({
        name,
        check: async () => {
          const response = await fetch(new URL('/readyz', url), { signal: AbortSignal.timeout(2_000) });
          if (!response.ok) throw new Error(`${name} is not ready`);
        },
      }),
    ),
    start: async () => {},
    stop: async () => {
      for (const service of services) await service.close();
      await platform[Symbol.asyncDispose]();
    },
  };
}

/** @throws ConfigurationError naming every address that is missing */
function subgraphUrls(config: Environment): { name: SubgraphName; url: string }[] {
  const problems: string[] = [];
  const urls = subgraphNames.map((name) => {
    const variable = `AGENTOS_SUBGRAPH_${name.toUpperCase()}_URL` as keyof Environment;
    const url = config[variable];
    if (url === undefined) problems.push(`${variable}: required where AGENTOS_MODE=full`);
    return { name, url: String(url) };
  });
  if (problems.length > 0) throw new ConfigurationError(problems);
  return urls;
}

/**
 * Asks until the subgraph answers, since it may be starting too.
 * @throws ConfigurationError where it answers that it does not know this gateway, which no waiting mends
 */
async function fetchSdl(
  name: string,
  url: string,
  secret: string,
  logger: { warn(data: unknown, message: string): void },
): Promise<string> {
  const until = Date.now() + startTimeoutMs;
  for (let tries = 0; ; tries += 1) {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${await signInternalToken(internalRequest(randomUUID()), secret)}`,
        },
        body: JSON.stringify({ query: '{ _service { sdl } }' }),
        signal: AbortSignal.timeout(5_000),
      });
      if (response.status === 401) {
        throw new ConfigurationError([
          `AGENTOS_INTERNAL_SECRET: the subgraph ${name} at ${url} has another one, or its clock is minutes off`,
        ]);
      }
      const { data } = (await response.json()) as { data?: { _service: { sdl: string } } };
      if (data !== undefined) return data._service.sdl;
      throw new Error(`status ${response.status}`);
    } catch (error) {
      if (error instanceof ConfigurationError) throw error;
      if (Date.now() > until) throw new Error(`The subgraph ${name} does not answer at ${url}.`, { cause: error });
      if (tries % triesPerLine === triesPerLine - 1)
        logger.warn({ subgraph: name, reason: (error as Error).message }, 'waiting for a subgraph');
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }
}

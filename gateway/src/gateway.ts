import type { RequestContext } from '@agentos/kernel';
import type { Environment } from '@agentos/platform';
import { defaultLimits, limitRule } from './plugins/limits.js';
import type { Runtime } from './runtime/embedded.js';
import { readSupergraphFile } from './runtime/supergraph-file.js';
import type { GatewayServer } from './server.js';

export interface RunningGateway {
  /** For example `http://127.0.0.1:4000`. */
  readonly address: string;
  /** The administrator's key, where this start made one: shown once. */
  readonly bootstrapKey: string | undefined;
  /** Lets running work end for at most `SHUTDOWN_GRACE_MS`. */
  close(): Promise<void>;
}

/** Starts everything that the configuration asks for, and serves. */
export async function startGateway(config: Environment): Promise<RunningGateway> {
  const load = () =>
    Promise.all([
      import('@agentos/security'),
      import('./federation/index.js'),
      import('./operations.js'),
      import('./server.js'),
    ]);
  const runtime = await createRuntime(config, load);
  const [{ bootstrapFirstTenant, createAuthenticator }, { createEngine }, { Operations }, { GatewayServer }] =
    await load();
  const { platform } = runtime;
  let server: GatewayServer | undefined;
  const authenticator = createAuthenticator(platform);
  const close = async () => {
    const grace = AbortSignal.timeout(config.SHUTDOWN_GRACE_MS);
    await server?.close(grace);
    await authenticator.close();
    await runtime.stop(grace);
  };
  try {
    const bootstrap = await bootstrapFirstTenant({ ...platform, key: config.AGENTOS_BOOTSTRAP_API_KEY });
    const validationRules = [limitRule(defaultLimits)];
    const engine = createEngine<RequestContext>({
      services: runtime.services,
      supergraph: await readSupergraphFile(),
      validationRules,
      parse: { maxTokens: defaultLimits.tokens },
    });
    await runtime.start();
    server = await GatewayServer.create({
      platform,
      operations: new Operations(engine, platform),
      authenticator,
      validationRules,
      maxTokens: defaultLimits.tokens,
      parts: runtime.parts,
    });
    const address = await server.listen(config.PORT, config.HOST);
    return { address, bootstrapKey: bootstrap.secret, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function createRuntime(config: Environment, meanwhile: () => Promise<unknown>): Promise<Runtime> {
  if (config.AGENTOS_MODE === 'embedded') {
    const { createEmbeddedRuntime } = await import('./runtime/embedded.js');
    return createEmbeddedRuntime(config, meanwhile);
  }
  const { createFullRuntime } = await import('./runtime/full.js');
  return createFullRuntime(config);
}

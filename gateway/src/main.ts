#!/usr/bin/env node
import { ConfigurationError, DataDirInUseError, readConfig } from '@agentos/platform';
import { startGateway } from './gateway.js';
import { subgraphNames } from './runtime/modules.js';

class UsageError extends Error {
  constructor() {
    super(`Usage: agentos serve [${subgraphNames.join(' | ')}]`);
  }
}

// The federation libraries would report to their maker's servers and look for a cloud's metadata address.
process.env['APOLLO_TELEMETRY_DISABLED'] = '1';

const [command = 'serve', subgraph] = process.argv.slice(2);

try {
  if (command !== 'serve') throw new UsageError();
  if (subgraph === undefined) await serveGateway();
  else if ((subgraphNames as readonly string[]).includes(subgraph)) await import(`@agentos/${subgraph}/main`);
  else throw new UsageError();
} catch (error) {
  console.error(explain(error));
  process.exit(1);
}

async function serveGateway(): Promise<void> {
  const gateway = await startGateway(readConfig());
  if (gateway.bootstrapKey !== undefined) {
    console.log(`Your administrator's API key, shown this once: ${gateway.bootstrapKey}`);
  }
  console.log(`AgentOS serves at ${gateway.address}`);

  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) process.exit(1); // asked twice: the person means now
    stopping = true;
    console.log(`AgentOS is stopping (${signal}).`);
    await gateway.close();
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** What a person at the terminal is shown: one clear message where the mistake is theirs to mend, else all there is. */
function explain(error: unknown): unknown {
  if (error instanceof ConfigurationError || error instanceof DataDirInUseError || error instanceof UsageError)
    return error.message;
  if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
    return `${(error as Error).message}. Another server has this port: stop it, or set PORT to another.`;
  }
  return error;
}

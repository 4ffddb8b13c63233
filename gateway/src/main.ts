#!/usr/bin/env node
import { ConfigurationError, DataDirInUseError, readConfig } from '@agentos/platform';
import { startGateway } from './gateway.js';

// The federation libraries would report to their maker's servers and look for a cloud's metadata address.
process.env['APOLLO_TELEMETRY_DISABLED'] = '1';

try {
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
} catch (error) {
  const expected = error instanceof ConfigurationError || error instanceof DataDirInUseError;
  const { code } = error as NodeJS.ErrnoException;
  if (expected) console.error((error as Error).message);
  else if (code === 'EADDRINUSE') console.error(`The address is in use: ${(error as Error).message}. Set PORT to another.`);
  else console.error(error);
  process.exit(1);
}

import { createPlatform, readConfig } from '@agentos/platform';
import { provisionTenant, securityPersistence } from '@agentos/security';
import type { TestServer } from './server.js';

/**
 * Makes another tenant in a server's data folder, as an operator would while it is stopped: the embedded database
 * belongs to one process at a time.
 * @returns its administrator's key
 */
export async function addTenant(server: TestServer, name: string): Promise<string> {
  await server.stop();
  const platform = await createPlatform(readConfig({ AGENTOS_DATA_DIR: server.dataDir, LOG_LEVEL: 'silent' }), [
    securityPersistence,
  ]);
  const { secret } = await provisionTenant(platform.db, name);
  await platform[Symbol.asyncDispose]();
  await server.up();
  return secret;
}

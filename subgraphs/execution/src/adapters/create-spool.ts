import type { Platform } from '@agentos/platform';
import type { OutputSpool } from '../service/ports.js';
import { FileSpool } from './file-spool.js';

/** Redis where one is named, so that every process can read what any of them runs; else files. */
export async function createSpool(
  platform: Pick<Platform, 'config' | 'blobs' | 'logger'>,
  folder: string,
): Promise<OutputSpool> {
  const url = platform.config.REDIS_URL;
  if (url === undefined) return new FileSpool(folder);
  const { RedisSpool } = await import('./redis-spool.js');
  return RedisSpool.connect(url, platform.blobs, platform.logger);
}

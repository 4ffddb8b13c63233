import type { Platform } from '@agentos/platform';
import type { OutputSpool } from '../service/ports.js';
import { FileSpool } from './file-spool.js';

/** Files where one process does everything. */
export async function createSpool(_platform: Pick<Platform, 'config'>, folder: string): Promise<OutputSpool> {
  return new FileSpool(folder);
}

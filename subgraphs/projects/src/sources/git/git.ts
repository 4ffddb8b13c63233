import { unavailable } from '@agentos/kernel';
import type { SourceRequest, TakenSource } from '../source.js';

/** @throws AgentOSError UNAVAILABLE */
export async function readGit(
  _request: Extract<SourceRequest, { kind: 'GIT' }>,
  _options: { allowPrivateHosts: boolean },
  _signal: AbortSignal,
): Promise<TakenSource> {
  throw unavailable('This version of the server does not clone Git repositories yet; send an archive.', {
    retryable: false,
  });
}

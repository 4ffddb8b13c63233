import { AgentOSError, type RequestContext } from '@agentos/kernel';
import type { Authenticator } from '@agentos/security';

const checkMs = 1_000; // 1 second: what revoking a key promises

/**
 * Looks again, as long as something streams, whether its credential still allows what it allowed at the start.
 * @param ended called once, where it does not; a database that is away ends nothing
 * @returns stops looking
 */
export function watchCredential(
  authenticator: Authenticator,
  token: string,
  granted: Pick<RequestContext, 'permissions'>,
  ended: () => void,
): () => void {
  const timer = setInterval(async () => {
    try {
      const { permissions } = await authenticator.authenticate(token);
      if ([...granted.permissions].every((permission) => (permissions as ReadonlySet<string>).has(permission))) return;
    } catch (error) {
      if (!(error instanceof AgentOSError) || error.code !== 'UNAUTHENTICATED') return;
    }
    clearInterval(timer);
    ended();
  }, checkMs);
  timer.unref();
  return () => clearInterval(timer);
}

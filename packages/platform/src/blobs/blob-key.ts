import { badInput } from '@agentos/kernel';

const maxKeyLength = 1024; // what S3 allows
const segment = /^[A-Za-z0-9._=@+-]{1,80}$/;

/**
 * `<tenantId>/name` or deeper. Names are of letters, digits and `. _ = @ + -`, at most 80 characters: what comes from
 * users (paths, titles) is hashed or kept inside the blob, never made a key.
 * @throws AgentOSError BAD_USER_INPUT
 */
export function requireBlobKey(key: string): string {
  if (key.length <= maxKeyLength && key.includes('/') && key.split('/').every(isSegment)) return key;
  throw badInput('A blob key is <tenantId>/name: names of letters, digits and . _ = @ + - between slashes.', 'key');
}

/**
 * The same, ending in a slash: `<tenantId>/` or `<tenantId>/folder/`. There is no prefix for all tenants.
 * @throws AgentOSError BAD_USER_INPUT
 */
export function requireBlobPrefix(prefix: string): string {
  if (prefix.length <= maxKeyLength && prefix.endsWith('/') && prefix.slice(0, -1).split('/').every(isSegment))
    return prefix;
  throw badInput('A blob prefix is <tenantId>/ or a folder under it, and ends in a slash.', 'prefix');
}

const isSegment = (name: string) => segment.test(name) && name !== '.' && name !== '..';

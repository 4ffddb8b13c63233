import { TypeID, typeid } from 'typeid-js';
import { badInput } from './errors.js';

/** A prefix of each type whose ids leave the system; the rest is a UUIDv7 in base32 (TypeID). */
export type IdPrefix =
  | 'agent'
  | 'anomaly'
  | 'art'
  | 'anl'
  | 'ctx'
  | 'dset'
  | 'env'
  | 'evt'
  | 'exec'
  | 'exp'
  | 'job'
  | 'key'
  | 'mem'
  | 'model'
  | 'msg'
  | 'pat'
  | 'plugin'
  | 'prin'
  | 'proj'
  | 'rel'
  | 'report'
  | 'role'
  | 'sess'
  | 'study'
  | 'task'
  | 'tenant'
  | 'threat'
  | 'ver';

/** A new id, for example `mem_01h455vb4pex5vsknk084sn02q`; ids made later in one process sort later. */
export function newId(prefix: IdPrefix): string {
  return typeid(prefix).toString();
}

export function isId(value: unknown, prefix: IdPrefix): value is string {
  // A TypeID's suffix is 26 characters; nothing longer is worth parsing.
  if (typeof value !== 'string' || value.length !== prefix.length + 27) return false;
  try {
    return TypeID.fromString(value, prefix).getType() === prefix;
  } catch {
    return false;
  }
}

/**
 * The id itself, where it has the form of an id of this type.
 * @throws AgentOSError BAD_USER_INPUT naming `field`
 */
export function requireId(value: string, prefix: IdPrefix, field: string): string {
  if (isId(value, prefix)) return value;
  throw badInput(`${field} is not an id of this kind: expected ${prefix}_ and 26 characters of base32.`, field);
}

import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** A credential of a principal, as it is kept: never the key itself. */
export interface ApiKey {
  id: string;
  tenantId: string;
  principalId: string;
  name: string;
  /** The first characters of the key, to tell keys apart. */
  prefix: string;
  /** SHA-256 of the whole key, in hex. */
  hash: string;
  /** What the key may do at most; `*` is everything that its principal may. */
  scopes: string[];
  createdAt: Date;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const secretDigits = 43; // 32 bytes in base 62
const checksumDigits = 6; // 32 bits in base 62

function base62(value: bigint, digits: number): string {
  let text = '';
  for (let rest = value; text.length < digits; rest /= 62n) text = alphabet[Number(rest % 62n)] + text;
  return text;
}

const checksum = (text: string) => base62(BigInt(crc32(text)), checksumDigits);

/**
 * A new key: `aos_live_<id>_<32 random bytes in base 62>_<CRC-32 of all before it>`. The fixed beginning and the
 * checksum let scanners of source code and logs find a leaked key without asking us.
 * @param id of the row that will keep its hash; the key carries its last 26 characters
 */
export function newApiKeySecret(id: string): string {
  const body = `aos_live_${id.slice(-26)}_${base62(BigInt(`0x${randomBytes(32).toString('hex')}`), secretDigits)}`;
  return `${body}_${checksum(body)}`;
}

const form = new RegExp(`^(aos_[a-z]+_[0-9a-z]{26}_[0-9A-Za-z]{${secretDigits}})_([0-9A-Za-z]{${checksumDigits}})$`);

/** Whether the text is a key that was made here, as far as can be told without the database. */
export function isApiKeySecret(text: string): boolean {
  const [, body, sum] = form.exec(text) ?? [];
  return body !== undefined && sum === checksum(body);
}

/** What is kept of a key and looked up: keys of our own making hold 256 random bits, so no slow hash is needed. */
export const hashApiKey = (secret: string): string => createHash('sha256').update(secret, 'utf8').digest('hex');

/** As much of a key as may be shown: of one that a user chose, so little that the rest stays unguessable. */
export const prefixOf = (secret: string): string =>
  isApiKeySecret(secret) ? secret.slice(0, 'aos_live_'.length + 26) : secret.slice(0, 4);

/** Whether the text can be a key at all: 16 to 512 visible ASCII characters, which is what an Authorization header carries. */
export const isKeyText = (text: string): boolean => /^[\x21-\x7e]{16,512}$/.test(text);

/** Whether the key opens anything at this time. */
export const isUsable = (key: Pick<ApiKey, 'expiresAt' | 'revokedAt'>, now: Date): boolean =>
  key.revokedAt === null && (key.expiresAt === null || key.expiresAt > now);

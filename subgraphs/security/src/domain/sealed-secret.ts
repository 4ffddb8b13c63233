import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

export const newSealingKey = (): string => randomBytes(32).toString('base64url');

/**
 * Keeps a new key's secret unreadable in the record of an idempotency key, from which a repeated request gets its
 * answer: the database alone never holds a key that opens anything.
 */
export class SecretSealer {
  readonly #key: Buffer;

  /** @param keyMaterial of at least 32 random bytes, in any encoding */
  constructor(keyMaterial: string) {
    this.#key = Buffer.from(hkdfSync('sha256', keyMaterial, '', 'agentos/sealed-secret/1', 32));
  }

  /** @param about what the secret belongs to: it opens only together with the same */
  seal(secret: string, about: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(about));
    const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /** Nothing where it was sealed with another key, about something else, or changed since. */
  open(sealed: string, about: string): string | undefined {
    const bytes = Buffer.from(sealed, 'base64url');
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, 12), { authTagLength: 16 })
        .setAAD(Buffer.from(about))
        .setAuthTag(bytes.subarray(12, 28));
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
    } catch {
      return undefined;
    }
  }
}

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keptSecret } from './kept-secret.js';

const name = 'audit-signing-key.pem';

/**
 * Signs what was found of the audit log with an Ed25519 key of this data folder, made at first use (mode 0600). Whoever
 * checks needs the public half, which lies beside it: `audit-signing-key.pub.pem`.
 */
export class AuditSigningKey {
  #key: Promise<KeyObject> | undefined;

  constructor(private readonly dataDir: string) {}

  /** @returns the signature in base64url */
  async sign(text: string): Promise<string> {
    this.#key ??= this.#load();
    return sign(null, Buffer.from(text), await this.#key).toString('base64url');
  }

  async verify(text: string, signature: string): Promise<boolean> {
    this.#key ??= this.#load();
    return verify(null, Buffer.from(text), createPublicKey(await this.#key), Buffer.from(signature, 'base64url'));
  }

  async #load(): Promise<KeyObject> {
    const pem = await keptSecret(this.dataDir, name, () =>
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString().trim(),
    );
    const key = createPrivateKey(pem);
    const publicPem = createPublicKey(key).export({ type: 'spki', format: 'pem' });
    await writeFile(join(this.dataDir, 'audit-signing-key.pub.pem'), publicPem, { mode: 0o644 });
    return key;
  }
}

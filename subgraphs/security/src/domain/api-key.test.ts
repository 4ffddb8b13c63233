import { createHash } from 'node:crypto';
import { newId } from '@agentos/kernel';
import { describe, expect, it } from 'vitest';
import { hashApiKey, isApiKeySecret, isKeyText, isUsable, newApiKeySecret, prefixOf } from './api-key.js';

describe('an API key of our own making', () => {
  it('carries the id of its row, 32 random bytes and a checksum', () => {
    const id = newId('key');
    const secret = newApiKeySecret(id);
    expect(secret).toMatch(/^aos_live_[0-9a-z]{26}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/);
    expect(secret.split('_')[2]).toBe(id.slice('key_'.length));
    expect(isApiKeySecret(secret)).toBe(true);
    expect(isKeyText(secret)).toBe(true);
    expect(newApiKeySecret(id)).not.toBe(secret);
  });

  it('is not taken for one with any character changed', () => {
    const secret = newApiKeySecret(newId('key'));
    for (let at = 0; at < secret.length; at += 1) {
      const other = secret[at] === 'a' ? 'b' : 'a';
      expect(isApiKeySecret(secret.slice(0, at) + other + secret.slice(at + 1)), String(at)).toBe(false);
    }
  });

  it('shows enough to be told apart and nothing of its random part', () => {
    const secret = newApiKeySecret(newId('key'));
    expect(secret.startsWith(`${prefixOf(secret)}_`)).toBe(true);
    expect(prefixOf(secret)).toHaveLength('aos_live_'.length + 26);
    expect(prefixOf('a-text-that-someone-chose')).toBe('a-te');
  });

  it('is kept as the SHA-256 of all of it', () => {
    expect(hashApiKey('abc')).toBe(createHash('sha256').update('abc').digest('hex'));
  });

  it('ends at the instant that it expires', () => {
    const now = new Date('2026-01-01T00:00:00Z');
    const at = (ms: number) => new Date(now.getTime() + ms);
    expect(isUsable({ expiresAt: null, revokedAt: null }, now)).toBe(true);
    expect(isUsable({ expiresAt: at(1), revokedAt: null }, now)).toBe(true);
    expect(isUsable({ expiresAt: now, revokedAt: null }, now)).toBe(false);
    expect(isUsable({ expiresAt: at(1), revokedAt: at(-1) }, now)).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { newSealingKey, SecretSealer } from './sealed-secret.js';

describe('a sealed secret', () => {
  const key = newSealingKey();
  const sealer = new SecretSealer(key);
  const sealed = sealer.seal('the secret', 'key_1');

  it('opens with the same key about the same thing, also after a restart', () => {
    expect(new SecretSealer(key).open(sealed, 'key_1')).toBe('the secret');
    expect(sealed).not.toContain('secret');
    expect(sealer.seal('the secret', 'key_1')).not.toBe(sealed);
  });

  it('opens with nothing else', () => {
    expect(new SecretSealer(newSealingKey()).open(sealed, 'key_1')).toBeUndefined();
    expect(sealer.open(sealed, 'key_2')).toBeUndefined();
    for (const wrong of ['', 'x', sealed.slice(0, -4), `${sealed}AAAA`, sealed.slice(0, 30)]) {
      expect(sealer.open(wrong, 'key_1'), wrong).toBeUndefined();
    }
  });
});

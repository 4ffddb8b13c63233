import { describe, expect, it } from 'vitest';
import type { Isolation, RuntimeId } from '../domain/execution.js';
import { Ladder } from './ladder.js';
import type { Probe, Sandbox } from './ports.js';

function rung(
  isolation: Isolation,
  holds: Partial<Record<RuntimeId, string>>,
): Sandbox & { asked: number; swept: number } {
  return {
    name: isolation.toLowerCase(),
    isolation,
    asked: 0,
    swept: 0,
    async probe(runtime): Promise<Probe> {
      this.asked += 1;
      const version = holds[runtime];
      return version === undefined
        ? { available: false, because: `install ${this.name}` }
        : { available: true, version };
    },
    start: () => Promise.reject(new Error('not asked to')),
    async sweep() {
      this.swept += 1;
    },
    close: async () => {},
  };
}

describe('the isolation ladder', () => {
  const container = () => rung('CONTAINER', { PYTHON: '3.11' });
  const wasm = () => rung('WASM', { NODEJS: '0.32', PYTHON: 'weak' });

  it('takes the strongest rung that really holds the runtime', async () => {
    const ladder = new Ladder([container(), wasm()]);
    expect(await ladder.choose('PYTHON', null)).toMatchObject({ available: true, version: '3.11' });
    expect(await ladder.choose('NODEJS', null)).toMatchObject({ available: true, version: '0.32' });
  });
  it('refuses rather than weakens', async () => {
    const ladder = new Ladder([container(), wasm()]);
    expect(await ladder.choose('NODEJS', 'CONTAINER')).toMatchObject({
      available: false,
      because: expect.stringContaining('WASM'),
    });
    expect(await ladder.choose('PYTHON', 'CONTAINER')).toMatchObject({ available: true });
    expect(await ladder.choose('PYTHON', 'WASM')).toMatchObject({ available: true, version: '3.11' });
    expect(await ladder.choose('PYTHON', 'GVISOR')).toMatchObject({ available: false });
  });
  it('says what to install for each rung that there is', async () => {
    const ladder = new Ladder([container(), wasm()]);
    expect(await ladder.choose('BASH', null)).toMatchObject({
      available: false,
      because: 'install container; install wasm',
    });
  });
  it('is asked once, after what an earlier process left has been removed', async () => {
    const only = container();
    const ladder = new Ladder([only]);
    await Promise.all([ladder.rungs(), ladder.rungs(), ladder.choose('PYTHON', null)]);
    expect([only.swept, only.asked]).toEqual([1, 3]);
  });
});

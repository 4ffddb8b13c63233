import { describe } from 'vitest';
import { busContract } from './bus.contract.js';
import { InProcessBus } from './in-process-bus.js';

describe('the in-process bus', () => {
  busContract(async () => new InProcessBus());
});

import { createTestPlatform } from '@agentos/platform/testing';
import { describe } from 'vitest';
import { coordinationContract } from './coordination.contract.js';
import { agentsPersistence } from './index.js';

describe('agents on the embedded database', () => {
  coordinationContract(() => createTestPlatform([agentsPersistence]));
});

export { createTestPlatform, testContext } from './test-platform.js';

export { createTestPlatform, testContext } from './test-platform.js';
export { describeWithService, requireService, type ServiceName } from './require-service.js';

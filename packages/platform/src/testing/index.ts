export { describeWithService, requireService, type ServiceName } from './require-service.js';
export { createTestPlatform, testContext } from './test-platform.js';

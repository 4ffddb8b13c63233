export { createMemoryModule, type MemoryModuleOptions } from './module.js';
export type { Embedder } from './service/ports.js';
export { memoryPersistence } from './store/memory-schema.js';

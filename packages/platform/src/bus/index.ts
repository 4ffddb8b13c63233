export { type Bus, type BusEvent, LaggedError, type SubscribeOptions } from './bus.js';
export { InProcessBus } from './in-process-bus.js';

export * from './clock.js';
export * from './context.js';
export * from './errors.js';
export * from './ids.js';
export * from './lifecycle.js';
export * from './paging.js';
export * from './permissions.js';
export * from './text.js';

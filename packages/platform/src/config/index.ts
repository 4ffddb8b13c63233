export { ConfigurationError, type Environment, readConfig } from './config.js';

export { ConfigurationError, type Environment, namedButUnused, readConfig } from './config.js';

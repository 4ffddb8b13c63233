import { pathToFileURL } from 'node:url';
import { ensureBuilt, ensureInstalled, requireNode, root } from './prepare.mjs';

requireNode();
ensureInstalled();
ensureBuilt();
await import(new URL('gateway/dist/main.js', pathToFileURL(`${root}/`)).href);

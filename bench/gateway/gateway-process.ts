import { serveBench } from './child.js';
import type { SubgraphName } from './graph.js';

// One gateway of the bench in a process of its own: which, and the addresses of its subgraphs where they are not in it.
const [kind, addresses] = process.argv.slice(2);
const urls = addresses === undefined ? undefined : (JSON.parse(addresses) as Record<SubgraphName, string>);
const port =
  kind === 'stock'
    ? await (await import('./stock-gateway.js')).serveStock(urls)
    : await (await import('./agentos-gateway.js')).serveAgentOS(urls);
serveBench({ port });

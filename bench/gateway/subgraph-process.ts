import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type DocumentNode, execute, parse } from 'graphql';
import { serveBench } from './child.js';
import { benchSubgraph, type SubgraphName } from './graph.js';

// One subgraph of the bench as a server of its own, as lean as it can be: the gateways before it are what is measured.
const { schema } = benchSubgraph(process.argv[2] as SubgraphName);
const documents = new Map<string, DocumentNode>();

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', async () => {
    if (!request.headers.authorization) {
      response.writeHead(401).end();
      return;
    }
    const { query, variables } = JSON.parse(Buffer.concat(chunks).toString()) as { query: string; variables?: object };
    let document = documents.get(query);
    if (document === undefined) {
      document = parse(query);
      documents.set(query, document);
    }
    const result = await execute({ schema, document, variableValues: (variables ?? {}) as Record<string, unknown> });
    const body = JSON.stringify(result);
    response
      .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
      .end(body);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => serveBench({ port: (server.address() as AddressInfo).port }));

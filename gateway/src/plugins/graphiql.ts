import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const firstQuery = `# Welcome to AgentOS. Put your API key under "Headers" below; it is remembered in this browser.
#   { "authorization": "Bearer <the key that the server printed>" }

query Me {
  me {
    name
    tenant {
      name
    }
    permissions
  }
}
`;

/**
 * GraphiQL, served whole from here: one page with its scripts and workers inside, so no other host is asked. The page
 * is nine megabytes, so it is made when first asked for, packed once and revalidated by its digest.
 */
export function createGraphiQL(): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  let page: Promise<{ packed: Buffer; etag: string }> | undefined;
  const make = async () => {
    const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
    const html = renderGraphiQL({
      title: 'AgentOS',
      endpoint: '/graphql',
      subscriptionsProtocol: 'SSE',
      defaultQuery: firstQuery,
      headers: '{ "authorization": "Bearer " }',
      shouldPersistHeaders: true,
    });
    const packed = await promisify(gzip)(html);
    return { packed, etag: `"${createHash('sha256').update(packed).digest('base64url')}"` };
  };
  return async (request, response) => {
    page ??= make();
    const { packed, etag } = await page;
    const headers = {
      etag,
      'cache-control': 'no-cache',
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; worker-src blob:; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self' ws: wss:; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    };
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304, headers).end();
      return;
    }
    response.writeHead(200, {
      ...headers,
      'content-encoding': 'gzip',
      'content-length': packed.length,
      vary: 'accept-encoding',
    });
    response.end(request.method === 'HEAD' ? undefined : packed);
  };
}

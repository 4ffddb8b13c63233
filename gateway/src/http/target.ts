import type { IncomingMessage } from 'node:http';

/**
 * What a request asks for. Cut by hand: a target may be any text, and `URL` throws for some of it (`//`).
 * @returns the path, and the query with its `?`, or an empty string
 */
export function targetOf(request: IncomingMessage): { path: string; search: string } {
  const target = request.url ?? '/';
  const query = target.indexOf('?');
  return query === -1 ? { path: target, search: '' } : { path: target.slice(0, query), search: target.slice(query) };
}

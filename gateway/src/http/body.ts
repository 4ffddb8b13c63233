import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { AgentOSError, badInput } from '@agentos/kernel';
import { isTooDeep } from '../plugins/limits.js';

/** Thrown for a body past the limit, which is answered with 413. */
export class BodyTooLargeError extends AgentOSError {
  constructor(maxBytes: number) {
    super('BAD_USER_INPUT', `The body is larger than ${maxBytes} bytes; send less at once.`);
  }
}

/** What is still read, and thrown away, of a body past the limit: a client that is still sending would not see the answer. */
const drainBytes = 64 * 1024 * 1024; // 64 MiB

/**
 * Reads a whole body, at most `maxBytes` of it, as UTF-8.
 * @throws BodyTooLargeError, or AgentOSError BAD_USER_INPUT for broken UTF-8
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  if (Number(request.headers['content-length'] ?? 0) > drainBytes) throw new BodyTooLargeError(maxBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
    else chunks.length = 0;
    if (size > drainBytes) break;
  }
  if (size > maxBytes) throw new BodyTooLargeError(maxBytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw badInput('The body is not valid UTF-8.');
  }
}

/** @throws AgentOSError BAD_USER_INPUT where it is not one GraphQL request */
export function parseGraphQLRequest(text: string): {
  query?: string;
  variables?: Record<string, unknown>;
  operationName?: string;
  extensions?: Record<string, unknown>;
} {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw badInput('The body is not JSON.');
  }
  if (Array.isArray(body)) throw badInput('Batches are not taken: send one operation per request.');
  if (typeof body !== 'object' || body === null) throw badInput('The body must be a JSON object with a query.');
  const { query, variables, operationName, extensions } = body as Record<string, unknown>;
  const isObject = (value: unknown) => value == null || (typeof value === 'object' && !Array.isArray(value));
  if (query !== undefined && query !== null && typeof query !== 'string')
    throw badInput('query must be a string.', 'query');
  if (operationName != null && typeof operationName !== 'string')
    throw badInput('operationName must be a string.', 'operationName');
  if (!isObject(variables)) throw badInput('variables must be an object.', 'variables');
  if (!isObject(extensions)) throw badInput('extensions must be an object.', 'extensions');
  if (isTooDeep(body)) throw badInput('The request is nested too deeply.', 'variables');
  requirePersistedQuery(query as string | null | undefined, (extensions ?? {}) as Record<string, unknown>);
  return body as ReturnType<typeof parseGraphQLRequest>;
}

/** @throws AgentOSError BAD_USER_INPUT where the request names a persisted query wrongly */
function requirePersistedQuery(query: string | null | undefined, extensions: Record<string, unknown>): void {
  const given = extensions['persistedQuery'] as { version?: unknown; sha256Hash?: unknown } | null | undefined;
  if (given == null) return;
  const field = 'extensions.persistedQuery';
  if (
    typeof given !== 'object' ||
    given.version !== 1 ||
    typeof given.sha256Hash !== 'string' ||
    !/^[\da-f]{64}$/.test(given.sha256Hash)
  ) {
    throw badInput(`${field} must be { version: 1, sha256Hash: "<64 hexadecimal digits>" }.`, field);
  }
  if (query != null && createHash('sha256').update(query).digest('hex') !== given.sha256Hash) {
    throw badInput(`${field}.sha256Hash is not the hash of the query.`, field);
  }
}

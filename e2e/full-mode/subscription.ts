import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

export interface Event {
  // biome-ignore lint/suspicious/noExplicitAny: the shape is that of each test's own subscription
  readonly data?: any;
  readonly errors?: readonly { message: string; extensions?: Record<string, unknown> }[];
}

/**
 * Subscribes over a WebSocket that closes with the subscription.
 * @param url of the server, with http
 */
export function subscription(
  url: string,
  authorization: string | undefined,
  query: string,
  variables: Record<string, unknown> = {},
): AsyncIterableIterator<Event> {
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    ...(authorization === undefined ? {} : { connectionParams: { authorization: `Bearer ${authorization}` } }),
  });
  return client.iterate({ query, variables }) as AsyncIterableIterator<Event>;
}

/** The next event, which must be one. */
export async function next(events: AsyncIterator<Event>): Promise<Event> {
  const { done, value } = await events.next();
  if (done) throw new Error('The subscription has ended.');
  return value;
}

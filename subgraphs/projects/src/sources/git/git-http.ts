import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { AgentOSError, badInput, quotaExceeded, unavailable } from '@agentos/kernel';
import { isPublicAddress, lookupPublic, notPublic } from './public-address.js';

export interface GitHttpPolicy {
  /** Also http, and addresses that are not on the public internet. */
  readonly allowPrivateHosts: boolean;
  /** Of all answers together. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** As isomorphic-git asks for it, with the body in one piece. */
export interface GitHttpRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | null;
}

export interface GitHttpAnswer {
  readonly url: string;
  readonly method: string;
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const idleMs = 30_000; // 30 seconds
const maxRedirects = 5;
const discovery = /\/info\/refs\?service=git-upload-pack$/;

/**
 * The HTTP of one clone. Every hop is checked anew; only the first request of the protocol is redirected, as Git itself
 * has it, and the later ones go where that led.
 */
export class GitHttp {
  #received = 0;
  #from = '';
  #to = '';

  constructor(private readonly policy: GitHttpPolicy) {}

  /** @throws AgentOSError BAD_USER_INPUT for a place it may not go to; QUOTA_EXCEEDED; UNAVAILABLE */
  async request(given: GitHttpRequest): Promise<GitHttpAnswer> {
    const isDiscovery = given.method === 'GET' && discovery.test(given.url);
    let url =
      this.#from !== '' && given.url.startsWith(this.#from) ? this.#to + given.url.slice(this.#from.length) : given.url;
    for (let hops = 0; ; hops++) {
      const response = await this.#send(new URL(url), given);
      const { statusCode = 0, headers } = response;
      if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined || !isDiscovery) {
        const body = await this.#bodyOf(response);
        return {
          url,
          method: given.method,
          statusCode,
          statusMessage: response.statusMessage ?? '',
          headers: flat(headers),
          body,
        };
      }
      response.destroy();
      if (hops === maxRedirects) throw badInput('The Git server redirects without end.', 'input.gitUrl');
      url = requireGitUrl(new URL(headers.location, url).href, this.policy.allowPrivateHosts).href;
      if (!discovery.test(url)) throw badInput('The Git server redirects to where no repository is.', 'input.gitUrl');
      this.#from = given.url.replace(discovery, '');
      this.#to = url.replace(discovery, '');
    }
  }

  #send(url: URL, { method, headers, body }: GitHttpRequest): Promise<IncomingMessage> {
    const { allowPrivateHosts, signal } = this.policy;
    const host = url.hostname.replace(/^\[|\]$/g, '');
    // A connection to a literal address looks nothing up.
    if (!allowPrivateHosts && isIP(host) !== 0 && !isPublicAddress(host)) throw notPublic();
    const options = {
      method,
      headers: {
        ...headers,
        'accept-encoding': 'identity',
        ...(body === null ? {} : { 'content-length': body.length }),
      },
      signal,
      timeout: idleMs,
      agent: false,
      ...(allowPrivateHosts ? {} : { lookup: lookupPublic }),
    };
    return new Promise((resolve, reject) => {
      const sent = (url.protocol === 'http:' ? requestHttp : requestHttps)(url, options);
      sent.once('response', resolve);
      sent.once('timeout', () => sent.destroy(silent()));
      sent.on('error', (error) => reject(asOurs(error)));
      sent.end(body ?? undefined);
    });
  }

  async #bodyOf(response: IncomingMessage): Promise<Uint8Array> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        this.#received += chunk.length;
        if (this.#received > this.policy.maxBytes)
          throw quotaExceeded(
            `The Git server sends more than ${this.policy.maxBytes} bytes; send an archive of what matters.`,
          );
        chunks.push(chunk);
      }
    } catch (error) {
      throw asOurs(error);
    }
    return Buffer.concat(chunks);
  }
}

const silent = () => unavailable('The Git server has fallen silent.', { retryAfterMs: 5_000 });

function asOurs(error: unknown): unknown {
  if (error instanceof AgentOSError || (error as Error).name === 'AbortError') return error;
  return unavailable('The Git server does not answer.', { retryAfterMs: 5_000, cause: error });
}

const flat = (headers: IncomingMessage['headers']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );

/**
 * The URL of a repository that may be asked for.
 * @throws AgentOSError BAD_USER_INPUT
 */
export function requireGitUrl(text: string, allowPrivateHosts: boolean): URL {
  const refused = (why: string) => badInput(`gitUrl ${why}.`, 'input.gitUrl');
  if (text.length > 2048 || !URL.canParse(text)) throw refused('is not a URL');
  const url = new URL(text);
  const isAllowed = url.protocol === 'https:' || (allowPrivateHosts && url.protocol === 'http:');
  if (!isAllowed) throw refused('must start with https://');
  // It would be shown to everyone who may see the project.
  if (url.username !== '' || url.password !== '') throw refused('must not hold a user name or password');
  return url;
}

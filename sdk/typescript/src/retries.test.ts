import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentOS, AgentOSError, type AgentOSOptions } from './index.js';
import { refusal, TestServer } from './testing/test-server.js';

let registered: string[];
let server: TestServer;
let agentos: AgentOS;

const root = {
  registerAgent: ({ input }: { input: { name: string } }) => {
    registered.push(input.name);
    return agentNamed(input.name);
  },
  agents: () => [agentNamed('ada')],
};

function agentNamed(name: string) {
  const createdAt = '2026-01-01T00:00:00.000Z';
  return { id: `agent_${name}`, name, kind: 'agent', capabilities: [], status: 'ONLINE', createdAt };
}

const connect = (options: AgentOSOptions = {}) => new AgentOS({ url: server.url, apiKey: 'key', ...options });

const failure = async (work: Promise<unknown>): Promise<AgentOSError> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AgentOSError);
  return error as AgentOSError;
};

beforeEach(async () => {
  registered = [];
  server = await new TestServer(root).start();
  agentos = connect();
});

afterEach(async () => {
  agentos.close();
  await server.kill();
});

describe('a change', () => {
  it('is done once when its answer is lost', async () => {
    server.fates.push('cut after', 'cut after');
    expect((await agentos.agents.register({ name: 'ada' })).name).toBe('ada');
    expect(server.requests).toHaveLength(3);
    expect(registered).toEqual(['ada']);
  });

  it('has the same idempotency key in all its tries, and another than every other change', async () => {
    server.fates.push('cut before', refusal('UNAVAILABLE', 'Starting up.'));
    await agentos.agents.register({ name: 'ada' });
    await agentos.agents.register({ name: 'bob' });
    const keys = server.requests.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(4);
    expect(new Set(keys.slice(0, 3)).size).toBe(1);
    expect(new Set(keys).size).toBe(2);
  });

  it('takes a key of the caller, and then is done once for two calls', async () => {
    await agentos.agents.register({ name: 'ada' }, { idempotencyKey: 'mine' });
    await agentos.agents.register({ name: 'ada' }, { idempotencyKey: 'mine' });
    expect(registered).toEqual(['ada']);
  });

  it('through graphql() is as safe', async () => {
    server.fates.push('cut after');
    await agentos.graphql('mutation { registerAgent(input: { name: "ada" }) { id } }');
    expect(registered).toEqual(['ada']);
  });
});

describe('a failure that may pass', () => {
  it.each<[string, string]>([
    ['RATE_LIMITED', 'Slow down.'],
    ['UNAVAILABLE', 'The database is away.'],
  ])('%s is tried again', async (code, message) => {
    server.fates.push(refusal(code, message, { retryable: true, retryAfterMs: 5 }));
    expect(await agentos.agents.list()).toHaveLength(1);
  });

  it('is also what a proxy says in its own words', async () => {
    server.fates.push({ status: 503, body: '<h1>Busy</h1>', headers: { 'retry-after': '0' } });
    expect(await agentos.agents.list()).toHaveLength(1);
  });

  it('is thrown when it does not pass', async () => {
    agentos = connect({ retries: 1 });
    server.fates.push('cut before', 'cut before');
    const error = await failure(agentos.agents.list());
    expect(error).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(server.requests).toHaveLength(2);
  });

  it('is thrown at once when the server asks for a long wait', async () => {
    server.fates.push(refusal('RATE_LIMITED', 'Come back tomorrow.', { retryable: true, retryAfterMs: 86_400_000 }));
    expect(await failure(agentos.agents.list())).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 86_400_000 });
  });

  it('of a server that is not there names the address', async () => {
    await server.kill();
    agentos = connect({ retries: 0 });
    const error = await failure(agentos.agents.list());
    expect(error.code).toBe('UNAVAILABLE');
    expect(error.message).toContain(server.url);
    expect(error.message).toContain('ECONNREFUSED');
  });
});

describe('a failure that does not pass', () => {
  it('is thrown at once with all that the server told', async () => {
    server.fates.push(refusal('BAD_USER_INPUT', 'Too long.', { retryable: false, field: 'input.name' }));
    const error = await failure(agentos.agents.register({ name: 'a'.repeat(1000) }));
    expect(error).toMatchObject({ code: 'BAD_USER_INPUT', retryable: false, field: 'input.name', traceId: 'trace' });
    expect(error.errors).toHaveLength(1);
    expect(server.requests).toHaveLength(1);
  });

  it('is UNAVAILABLE too where the server says that a retry is of no use', async () => {
    server.fates.push(refusal('UNAVAILABLE', 'Not built yet.', { retryable: false }));
    expect(await failure(agentos.agents.list())).toMatchObject({ code: 'UNAVAILABLE', retryable: false });
    expect(server.requests).toHaveLength(1);
  });

  it('is a wrong key', async () => {
    agentos = connect({ apiKey: 'wrong' });
    expect((await failure(agentos.agents.list())).code).toBe('UNAUTHENTICATED');
    expect(server.requests).toHaveLength(1);
  });

  it('is a server of another kind', async () => {
    server.fates.push({ status: 200, body: '<h1>Welcome</h1>' });
    expect((await failure(agentos.agents.list())).message).toContain('not one of AgentOS');
  });

  it('keeps what could be answered beside the errors', async () => {
    const body = JSON.stringify({
      data: { agents: [], project: null },
      errors: [{ message: 'No.', path: ['project'] }],
    });
    server.fates.push({ status: 200, body });
    const error = await failure(agentos.graphql('{ agents { id } project(id: "x") { id } }'));
    expect(error.data).toEqual({ agents: [], project: null });
  });
});

describe('a call', () => {
  it('ends with TIMEOUT when no answer comes in time', async () => {
    server.fates.push('never answered');
    agentos = connect({ retries: 0, timeoutMs: 50 });
    expect(await failure(agentos.agents.list())).toMatchObject({ code: 'TIMEOUT', retryable: true });
  });

  it('ends with the reason of its signal, also between two tries', async () => {
    server.fates.push(refusal('UNAVAILABLE', 'Wait.', { retryable: true, retryAfterMs: 20_000 }));
    const stop = new AbortController();
    const call = agentos.agents.list({ signal: stop.signal });
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
  });

  it('ends with CLIENT_CLOSED when the client is closed', async () => {
    server.fates.push('never answered');
    const call = failure(agentos.agents.list());
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    agentos.close();
    expect((await call).code).toBe('CLIENT_CLOSED');
    expect((await failure(agentos.agents.list())).code).toBe('CLIENT_CLOSED');
  });

  it('asks for the key each time where a function gives it', async () => {
    const keys = ['old', 'key'];
    agentos = connect({ apiKey: async () => keys.shift() ?? '' });
    expect((await failure(agentos.agents.list())).code).toBe('UNAUTHENTICATED');
    expect(await agentos.agents.list()).toHaveLength(1);
  });
});

describe('options', () => {
  it.each([
    [{ url: 'localhost' }, 'url'],
    [{ url: 'ftp://localhost' }, 'url'],
    [{ timeoutMs: 0 }, 'timeoutMs'],
    [{ retries: -1 }, 'retries'],
    [{ reconnectForMs: Number.NaN }, 'reconnectForMs'],
  ])('%o is refused, by name', (options, field) => {
    expect(() => new AgentOS(options)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT', field }));
  });
});

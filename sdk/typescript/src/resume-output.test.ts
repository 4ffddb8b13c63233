import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AgentOS, type AgentOSOptions, type ExecutionHandle } from './index.js';
import { ScriptedExecutions } from './testing/scripted-executions.js';
import { TestServer } from './testing/test-server.js';

let programs: ScriptedExecutions;
let server: TestServer;
let agentos: AgentOS;

const connect = (options: AgentOSOptions = {}) => new AgentOS({ url: server.url, apiKey: 'key', ...options });
const start = () => agentos.executions.run({ runtime: 'PYTHON', code: '' });
const numbered = (count: number) => Array.from({ length: count }, (_, line) => `${line}\n`);

async function printed(run: ExecutionHandle): Promise<string[]> {
  const texts: string[] = [];
  for await (const { text } of run) texts.push(text);
  return texts;
}

/** Prints the lines with pauses, so that they arrive live as well as from the store. */
async function print(id: string, lines: string[]): Promise<void> {
  for (const [index, line] of lines.entries()) {
    programs.print(id, line);
    if (index % 10 === 9) await sleep(1);
  }
  programs.status(id, 'SUCCEEDED');
}

beforeEach(async () => {
  programs = new ScriptedExecutions();
  server = await new TestServer(programs.root).start();
  agentos = connect();
});

afterEach(async () => {
  agentos.close();
  await server.kill();
});

describe('output comes once and in order', () => {
  it('over a connection that holds', async () => {
    const run = await start();
    const lines = numbered(200);
    const [texts] = await Promise.all([printed(run), print(run.id, lines)]);
    expect(texts).toEqual(lines);
    expect(run.execution.status).toBe('SUCCEEDED');
    expect(server.subscriptions).toHaveLength(1);
  });

  it('when the connection is cut again and again', async () => {
    let sent = 0;
    server.onEvent = (socket) => {
      sent += 1;
      if (sent % 37 === 0) socket.terminate();
    };
    const run = await start();
    const lines = numbered(300);
    const [texts] = await Promise.all([printed(run), print(run.id, lines)]);
    expect(texts).toEqual(lines);
    expect(server.subscriptions.length).toBeGreaterThan(3);
    expect(programs.started).toHaveLength(1);
  });

  it('when the program ends while the client is away', async () => {
    const run = await start();
    const lines = numbered(50);
    const texts: string[] = [];
    for (const line of lines.slice(0, 20)) programs.print(run.id, line);
    for await (const { text } of run) {
      texts.push(text);
      if (texts.length !== 10) continue;
      await server.kill();
      for (const line of lines.slice(20)) programs.print(run.id, line);
      programs.status(run.id, 'SUCCEEDED');
      setTimeout(() => server.start(), 300);
    }
    expect(texts).toEqual(lines);
  });

  it.each([1000, 1001, 1012, 4500])('when the server closes the connection with code %i', async (code) => {
    let closed = false;
    server.onEvent = () => {
      if (closed) return;
      closed = true;
      for (const socket of server.webSockets) socket.close(code);
    };
    const run = await start();
    const lines = numbered(40);
    const [texts] = await Promise.all([printed(run), print(run.id, lines)]);
    expect(texts).toEqual(lines);
  });

  it('when the server ends the stream before the program has ended', async () => {
    programs.completeOnceAfter.add(5).add(17);
    const run = await start();
    const lines = numbered(40);
    const [texts] = await Promise.all([printed(run), print(run.id, lines)]);
    expect(texts).toEqual(lines);
  });

  it('when the server leaves out an event', async () => {
    programs.skip.push(7);
    const run = await start();
    const lines = numbered(20);
    const [texts] = await Promise.all([printed(run), print(run.id, lines)]);
    expect(texts).toEqual(lines);
  });

  it('to one who reads slower than it comes, with a bounded number waiting', async () => {
    const run = await start();
    const lines = numbered(5_000);
    for (const line of lines) programs.print(run.id, line);
    programs.status(run.id, 'SUCCEEDED');
    const texts: string[] = [];
    for await (const { text } of run) {
      texts.push(text);
      while (texts.length === 1 && programs.readers > 0) await sleep(5);
    }
    expect(texts).toEqual(lines);
    expect(server.subscriptions.length).toBeGreaterThan(1);
  });

  it('when the connection falls silent without being cut', async () => {
    const run = await start();
    programs.print(run.id, 'before');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const output = printed(run);
      while (programs.readers === 0) await new Promise(setImmediate);
      server.freeze();
      const silent = [...server.webSockets];
      // One that has frozen reads no ping and so sends no pong.
      while (server.subscriptions.length < 2) await vi.advanceTimersByTimeAsync(1_000);
      programs.print(run.id, 'after');
      programs.status(run.id, 'SUCCEEDED');
      expect(await output).toEqual(['before', 'after']);
      for (const socket of silent) socket.terminate();
    } finally {
      vi.useRealTimers();
    }
  });

  it('each time anew, and from an offset where one is given', async () => {
    const run = await start();
    const lines = numbered(5);
    await print(run.id, lines);
    expect(await printed(run)).toEqual(lines);
    expect(await printed(await agentos.executions.attach(run.id))).toEqual(lines);
    const rest: string[] = [];
    for await (const event of run.events({ after: 3 }))
      if (event.__typename === 'ExecutionOutput') rest.push(event.text);
    expect(rest).toEqual(lines.slice(3));
    for await (const event of run.events({ after: 6 })) expect.unreachable(`event ${event.offset}`);
  });
});

describe('a handle', () => {
  it('waits for the end over a cut connection', async () => {
    const run = await start();
    let cut = false;
    server.onEvent = (socket) => {
      if (!cut) socket.terminate();
      cut = true;
    };
    const waiting = run.wait();
    await print(run.id, numbered(10));
    expect(await waiting).toMatchObject({ id: run.id, status: 'SUCCEEDED', exitCode: 0 });
  });

  it('kills the program', async () => {
    const run = await start();
    const output = printed(run);
    expect((await run.kill()).status).toBe('CANCELLED');
    expect(await output).toEqual([]);
    expect((await run.wait()).status).toBe('CANCELLED');
  });

  it('sends input once, also when the answer is lost', async () => {
    const run = await start();
    server.fates.push('cut after');
    expect(await run.sendInput('hello\n', { end: true })).toBe(true);
    expect(programs.input).toEqual(['hello\n']);
    expect(server.requests.at(-1)?.variables).toEqual({ executionId: run.id, text: 'hello\n', end: true });
  });

  it('starts the program once when the answer is lost', async () => {
    server.fates.push('cut after', 'cut before');
    await start();
    expect(programs.started).toHaveLength(1);
  });

  it('leaves nothing behind at the server when a loop is left, and the program runs on', async () => {
    const run = await start();
    programs.print(run.id, 'a');
    programs.print(run.id, 'b');
    for await (const { text } of run) {
      expect(text).toBe('a');
      break;
    }
    while (programs.readers > 0) {
      await sleep(5);
      programs.print(run.id, 'c'); // one that waits notices that nobody listens when it is woken
    }
    expect(run.execution.status).toBe('RUNNING');
  });

  it('stops waiting when its signal is aborted', async () => {
    const run = await start();
    await expect(run.wait({ signal: AbortSignal.timeout(50) })).rejects.toThrow(/timeout/i);
    await expect(run.wait({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});

describe('a stream fails', () => {
  it('at once where the execution is not there', async () => {
    const run = await start();
    Object.assign(run.execution, { id: 'exec_none' });
    await expect(printed(run)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('at once where the key is refused', async () => {
    const run = await start();
    server.apiKey = 'other';
    await expect(printed(run)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('when no connection came to be for as long as it may take', async () => {
    agentos = connect({ reconnectForMs: 200 });
    const run = await start();
    await server.kill();
    await expect(printed(run)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
  });

  it('with CLIENT_CLOSED when the client is closed', async () => {
    const run = await start();
    programs.print(run.id, 'a');
    const reading = (async () => {
      for await (const _ of run) agentos.close();
    })();
    await expect(reading).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
  });

  it('rather than go on without an event that the server no longer has', async () => {
    const run = await start();
    await print(run.id, numbered(20));
    programs.skip.push(7, 7);
    await expect(printed(run)).rejects.toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
  });
});

it('many programs at once share connections', async () => {
  const runs = await Promise.all(Array.from({ length: 70 }, start));
  const outputs = Promise.all(runs.map(printed));
  while (programs.readers < runs.length) await sleep(5);
  expect(server.webSockets.size).toBe(2);
  for (const run of runs) await print(run.id, [run.id]);
  expect(await outputs).toEqual(runs.map(({ id }) => [id]));
});

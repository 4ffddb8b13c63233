import { AgentOS } from '@agentos/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestServer } from '../harness/server.js';

let server: TestServer;
let agentos: AgentOS;

beforeAll(async () => {
  server = await TestServer.start();
  agentos = new AgentOS({ url: server.url, apiKey: server.key });
});
afterAll(async () => {
  agentos.close();
  await server[Symbol.asyncDispose]();
});

const greeter = `
print("What is your name?", flush=True)
print("Hello,", input(), flush=True)
print("Bye,", input(), flush=True)
`;

it('output arrives while the program runs: it waits for an answer to what it has printed', async (context) => {
  const runtimes = await agentos.executions.runtimes();
  const python = runtimes.find(({ id }) => id === 'PYTHON');
  if (!python?.available) return context.skip(`No sandbox here holds Python: ${python?.unavailableBecause}`);

  const run = await agentos.executions.run({ runtime: 'PYTHON', code: greeter });
  let output = '';
  for await (const { text } of run) {
    output += text;
    if (output === 'What is your name?\n') await run.sendInput('Ada\n');
    if (output.endsWith('Hello, Ada\n')) await run.sendInput('Grace\n', { end: true });
  }
  expect(output).toBe('What is your name?\nHello, Ada\nBye, Grace\n');
  expect((await run.wait()).status).toBe('SUCCEEDED');
});

it('a program that would run for ever ends when it is killed', async (context) => {
  const runtimes = await agentos.executions.runtimes();
  const python = runtimes.find(({ id }) => id === 'PYTHON');
  if (!python?.available) return context.skip(`No sandbox here holds Python: ${python?.unavailableBecause}`);

  const code = 'import itertools, time\nfor n in itertools.count():\n    print(n, flush=True)\n    time.sleep(0.01)';
  const run = await agentos.executions.run({ runtime: 'PYTHON', code });
  for await (const { text } of run) if (text.includes('20\n')) await run.kill();
  expect(await run.wait()).toMatchObject({ status: 'CANCELLED', failure: { code: 'CANCELLED' } });
});

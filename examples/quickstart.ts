// With a server started by `npm start`: npm run quickstart
import { readFileSync } from 'node:fs';
import { AgentOS } from '@agentos/sdk';

const agentos = new AgentOS({
  url: process.env.AGENTOS_URL, // http://127.0.0.1:4000 where it is not set
  apiKey: process.env.AGENTOS_API_KEY ?? readFileSync('.agentos/bootstrap-api-key', 'utf8').trim(),
});

// Remember something, and find it by what it means.
await agentos.memory.store({ content: 'Releases go out on Tuesdays, never before a weekend.', type: 'DECISION' });
const { hits } = await agentos.memory.search('When may I ship the new version?', { first: 1 });
console.log('Remembered:', hits[0]?.memory.content);

// Run a program in a sandbox, and see its output as it arrives.
const python = 'import time\nfor n in range(1, 6):\n    print(n, "squared is", n * n, flush=True)\n    time.sleep(0.2)';
const javascript = 'for (let n = 1; n <= 5; n++) console.log(n, "squared is", n * n)';
const runtimes = await agentos.executions.runtimes();
const hasPython = runtimes.some(({ id, available }) => id === 'PYTHON' && available);
const run = await agentos.executions.run(
  hasPython ? { runtime: 'PYTHON', code: python } : { runtime: 'NODEJS', code: javascript },
);
for await (const { text } of run) process.stdout.write(text);
const { status, isolation } = await run.wait();
console.log(`The program ${status} in isolation ${isolation}.`);
agentos.close();

import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from '../harness/server.js';

const EXECUTE = `mutation ($input: ExecuteInput!) { execute(input: $input) {
  id status failure { code message } exitCode stdout truncated usage { wallMs cpuMs peakMemoryBytes outputBytes } isolation } }`;
const MiB = 1024 * 1024;

/** The same four programs in each language that the host can hold; JavaScript is everywhere. */
const PROGRAMS = {
  NODEJS: {
    loop: 'while (true) {}',
    memory: 'const all = []; while (true) all.push(new Array(100000).fill(all.length + 0.5))',
    flood: 'while (true) console.log("y".repeat(500))',
    stubborn: 'process.on("SIGTERM", () => {}); process.on("SIGINT", () => {}); setInterval(() => {}, 100)',
    next: 'console.log("next")',
  },
  PYTHON: {
    loop: 'while True: pass',
    memory: 'all = []\nwhile True: all.append(" " * 1000000)',
    flood: 'while True: print("y" * 500)',
    stubborn: 'import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: time.sleep(0.1)',
    next: 'print("next")',
  },
  BASH: {
    loop: 'while true; do :; done',
    memory: 'x=y; while true; do x=$x$x; done',
    flood: 'yes yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy',
    stubborn: 'trap "" TERM INT HUP QUIT; while true; do sleep 0.1; done',
    next: 'echo next',
  },
} as const;

let server: TestServer;
beforeAll(async () => {
  const docker = process.env['TEST_DOCKER_HOST'];
  server = await TestServer.start(docker === undefined ? {} : { DOCKER_HOST: docker });
});
afterAll(() => server[Symbol.asyncDispose]());

async function execute(runtime: string, code: string, limits: Record<string, number> = {}) {
  const input = { runtime, code, stdin: '', waitMs: 60_000, limits: { wallMs: 30_000, ...limits } };
  return (await server.must(EXECUTE, { input })).execute;
}

describe.each(Object.entries(PROGRAMS))('a program in %s', (runtime, programs) => {
  const ended = async (code: string, limits: Record<string, number>, status: string, failure: string) => {
    const { runtimes } = await server.must('{ runtimes { id available unavailableBecause } }');
    const found = runtimes.find(({ id }: { id: string }) => id === runtime);
    if (!found.available) {
      expect(found.unavailableBecause).not.toBe('');
      return null;
    }
    const execution = await execute(runtime, code, limits);
    expect(execution).toMatchObject({ status, failure: { code: failure } });
    expect(await execute(runtime, programs.next)).toMatchObject({ status: 'SUCCEEDED', stdout: 'next\n' });
    return execution;
  };

  it('that loops for ever ends at its wall time', () =>
    ended(programs.loop, { wallMs: 1_000 }, 'TIMED_OUT', 'WALL_TIMEOUT'));
  it('that loops for ever ends at its CPU time', () =>
    ended(programs.loop, { cpuMs: 600 }, 'TIMED_OUT', 'CPU_TIMEOUT'));
  it('that takes all memory ends at its limit', () =>
    ended(programs.memory, { memoryBytes: 96 * MiB }, 'FAILED', 'OUT_OF_MEMORY'));
  it('that ignores its end ends all the same', () =>
    ended(programs.stubborn, { wallMs: 1_500 }, 'TIMED_OUT', 'WALL_TIMEOUT'));
  it('that floods its output ends at its limit, and its head is kept', async () => {
    const execution = await ended(programs.flood, { outputBytes: 200_000 }, 'FAILED', 'OUTPUT_LIMIT');
    if (execution === null) return;
    expect(execution.truncated).toBe(true);
    expect(execution.stdout).toHaveLength(200_000);
  });
});

describe('a server that is killed while programs run', () => {
  it('tells the truth about each after its next start, keeps what they printed, and leaves nothing behind', async () => {
    const code = 'console.log("printed"); setInterval(() => {}, 1000)';
    const start = 'mutation ($input: ExecuteInput!) { execute(input: $input) { id } }';
    const show = 'query ($id: ID!) { execution(id: $id) { status stdout failure { code } } }';
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) {
      const { execute: accepted } = await server.must(start, { input: { runtime: 'NODEJS', code, stdin: '' } });
      ids.push(accepted.id);
    }
    const finished = await execute('NODEJS', 'console.log("whole")');
    for (const id of ids) {
      await expect
        .poll(async () => (await server.must(show, { id })).execution.stdout, { timeout: 30_000 })
        .toBe('printed\n');
    }
    await server.kill9();
    await server.up();
    await server.must('{ runtimes { id } }'); // answered once what was left has been removed
    for (const id of ids) {
      expect((await server.must(show, { id })).execution).toEqual({
        status: 'FAILED',
        stdout: 'printed\n',
        failure: { code: 'SANDBOX_LOST' },
      });
    }
    expect((await server.must(show, { id: finished.id })).execution).toMatchObject({
      status: 'SUCCEEDED',
      stdout: 'whole\n',
    });
    if (process.platform !== 'linux') return;
    for (const id of ids) expect(traces(id)).toBe('');
  });
});

/** Control groups, containers and processes that carry the execution's name. */
function traces(id: string): string {
  const groups = execFileSync('sh', ['-c', `find /sys/fs/cgroup -type d -name ${id} 2>/dev/null; true`]).toString();
  const docker = process.env['TEST_DOCKER_HOST'];
  if (docker === undefined) return groups;
  const filter = ['ps', '--all', '--quiet', '--filter', `label=agentos.execution=${id}`];
  return groups + execFileSync('docker', ['--host', docker, ...filter]).toString();
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventBody } from '../domain/event.js';
import type { RuntimeId } from '../domain/execution.js';
import { type LimitsInput, resolveLimits } from '../domain/limits.js';
import { type ProgramInput, resolveProgram } from '../domain/program.js';
import type { Sandbox, SandboxRun } from '../service/ports.js';
import { type Supervised, supervise } from '../service/supervise.js';

const MiB = 1024 * 1024;

export interface Outcome extends Supervised {
  stdout: string;
  stderr: string;
  events: EventBody[];
}

/** The same thing said in each language. */
const SPOKEN = {
  hello: {
    PYTHON: 'print("hello")',
    NODEJS: 'console.log("hello")',
    BASH: 'echo hello',
  },
  args: {
    PYTHON: 'import sys; print(sys.argv[1:])',
    NODEJS: 'console.log(JSON.stringify(process.argv.slice(2)))',
    BASH: 'printf "[%s]" "$@"',
  },
  env: {
    PYTHON: 'import os; print("\\n".join(f"{k}={v}" for k, v in os.environ.items()))',
    NODEJS: 'for (const [k, v] of Object.entries(process.env)) console.log(k + "=" + v)',
    BASH: 'env',
  },
  cat: {
    PYTHON: 'import sys; sys.stdout.write(sys.stdin.read().upper())',
    NODEJS: 'process.stdout.write(require("fs").readFileSync(0, "utf8").toUpperCase())',
    BASH: 'tr a-z A-Z',
  },
  exit: { PYTHON: 'import sys; sys.exit(3)', NODEJS: 'process.exit(3)', BASH: 'exit 3' },
  stderr: {
    PYTHON: 'import sys; print("oops", file=sys.stderr)',
    NODEJS: 'console.error("oops")',
    BASH: 'echo oops >&2',
  },
  spin: { PYTHON: 'while True: pass', NODEJS: 'while (true) {}', BASH: 'while :; do :; done' },
  ignore: {
    PYTHON: 'import signal, time\nfor s in (15, 2, 1): signal.signal(s, signal.SIG_IGN)\nwhile True: time.sleep(1)',
    NODEJS: 'globalThis.process?.on?.("SIGTERM", () => {}); setInterval(() => {}, 1000)',
    BASH: 'trap "" TERM INT HUP; while :; do sleep 1; done',
  },
  memory: {
    PYTHON: 'a = []\nwhile True: a.append(bytearray(1024 * 1024))',
    NODEJS: 'const a = []; while (true) a.push(new Array(100000).fill(a.length + 0.5))',
    BASH: 'a=x; while :; do a=$a$a; done',
  },
  flood: {
    PYTHON: 'while True: print("x" * 1000)',
    NODEJS: 'while (true) console.log("x".repeat(1000))',
    BASH: 'while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done',
  },
  lines: {
    PYTHON: 'for i in range(20000): print(i)',
    NODEJS: 'for (let i = 0; i < 20000; i++) console.log(i)',
    BASH: 'for ((i = 0; i < 20000; i++)); do echo $i; done',
  },
} satisfies Record<string, Record<'PYTHON' | 'NODEJS' | 'BASH', string>>;

export interface SandboxContract {
  name: string;
  /** @param instance the same name twice stands for the same service started again */
  create(instance: string): Promise<Sandbox>;
  runtimes: ('PYTHON' | 'NODEJS' | 'BASH')[];
  /** Whether programs see an operating system: processes, signals, files. */
  hasSystem: boolean;
  /** What must be the same before and after: processes, groups, containers of this rung. */
  leftovers(): Promise<string[]>;
}

let count = 0;

/** What every rung of the ladder promises, checked by running programs in it. */
export function sandboxContract(contract: SandboxContract): void {
  describe(`a sandbox of ${contract.name}`, () => {
    let sandbox: Sandbox;
    const start = (input: ProgramInput, limits: LimitsInput = {}): Promise<SandboxRun> =>
      sandbox.start({
        executionId: `contract-${process.pid}-${count++}`,
        tenantId: 'tenant',
        program: resolveProgram({ stdin: '', ...input }),
        limits: resolveLimits({ wallMs: 20_000, ...limits }),
      });
    const watch = async (
      run: SandboxRun,
      runtime: RuntimeId,
      limits: LimitsInput,
      signal?: AbortSignal,
    ): Promise<Outcome> => {
      const events: EventBody[] = [];
      const done = await supervise(run, {
        runtime,
        limits: resolveLimits({ wallMs: 20_000, ...limits }),
        emit: async (bodies) => void events.push(...bodies),
        signal: signal ?? new AbortController().signal,
      });
      await run.gone;
      const printed = (stream: string) =>
        events.map((event) => (event.kind === 'output' && event.stream === stream ? event.text : '')).join('');
      return { ...done, events, stdout: printed('STDOUT'), stderr: printed('STDERR') };
    };
    const execute = async (input: ProgramInput, limits: LimitsInput = {}): Promise<Outcome> =>
      watch(await start(input, limits), input.runtime, limits);

    beforeAll(async () => {
      sandbox = await contract.create('contract');
      await sandbox.sweep();
    });
    afterAll(async () => {
      await sandbox.close();
      expect(await contract.leftovers()).toEqual([]);
    });

    for (const runtime of contract.runtimes) {
      const say = (what: keyof typeof SPOKEN): ProgramInput => ({ runtime, code: SPOKEN[what][runtime] });
      describe(runtime, () => {
        it('says its version when probed', async () => {
          expect(await sandbox.probe(runtime)).toMatchObject({
            available: true,
            version: expect.stringMatching(/^\d+\.\d+/),
          });
        });
        it('runs a program and measures it', async () => {
          const done = await execute(say('hello'));
          expect(done).toMatchObject({
            status: 'SUCCEEDED',
            failure: null,
            exitCode: 0,
            stdout: 'hello\n',
            stderr: '',
          });
          expect(done.usage.wallMs).toBeGreaterThan(0);
          expect(done.usage.cpuMs).toBeGreaterThanOrEqual(0);
          expect(done.usage.peakMemoryBytes).toBeGreaterThan(100_000);
          expect(done.usage.outputBytes).toBe(6);
        });
        it('gives arguments as they are', async () => {
          const done = await execute({ ...say('args'), args: ['a b', '', "it's", '$HOME', '-x'] });
          const shown = {
            PYTHON: `['a b', '', "it's", '$HOME', '-x']\n`,
            NODEJS: `["a b","","it's","$HOME","-x"]\n`,
            BASH: "[a b][][it's][$HOME][-x]",
          };
          expect(done.stdout).toBe(shown[runtime]);
        });
        it('shows the environment of the request and none of ours', async () => {
          process.env['AGENTOS_SECRET_PROBE'] = 'leaked';
          const done = await execute({ ...say('env'), env: [{ name: 'GREETING', value: 'hi = there' }] });
          delete process.env['AGENTOS_SECRET_PROBE'];
          expect(done.stdout).toContain('GREETING=hi = there');
          expect(done.stdout).not.toContain('leaked');
          const names = done.stdout.split('\n').map((line) => line.split('=')[0]);
          const allowed = ['', 'PATH', 'HOME', 'LANG', 'TMPDIR', 'GREETING', 'PWD', 'SHLVL', '_', 'LC_CTYPE'];
          expect(names.filter((name) => !allowed.includes(name ?? ''))).toEqual([]);
        });
        it('feeds standard input and its end', async () => {
          expect((await execute({ ...say('cat'), stdin: 'größe\n' })).stdout).toMatch(/^GR.*E\n$/);
        });
        it('keeps the two outputs apart', async () => {
          expect(await execute(say('stderr'))).toMatchObject({ stdout: '', stderr: 'oops\n', status: 'SUCCEEDED' });
        });
        it('tells a non-zero exit', async () => {
          expect(await execute(say('exit'))).toMatchObject({
            status: 'FAILED',
            failure: { code: 'NON_ZERO_EXIT' },
            exitCode: 3,
          });
        });
        it('gives every line once and in order', async () => {
          const { stdout } = await execute(say('lines'));
          expect(stdout).toBe(`${Array.from({ length: 20_000 }, (_, line) => line).join('\n')}\n`);
        });
        it('stops an endless loop at its wall time, and the next program runs', async () => {
          const done = await execute(say('spin'), { wallMs: 700 });
          expect(done).toMatchObject({ status: 'TIMED_OUT', failure: { code: 'WALL_TIMEOUT' } });
          expect((await execute(say('hello'))).stdout).toBe('hello\n');
        });
        it('stops an endless loop at its CPU time', async () => {
          const done = await execute(say('spin'), { cpuMs: 500 });
          expect(done).toMatchObject({ status: 'TIMED_OUT', failure: { code: 'CPU_TIMEOUT' } });
          expect(done.usage.cpuMs).toBeGreaterThan(400);
        });
        it('stops a program that ignores its end', async () => {
          const done = await execute(say('ignore'), { wallMs: 900 });
          expect(done).toMatchObject({ status: 'TIMED_OUT', failure: { code: 'WALL_TIMEOUT' } });
        });
        it('stops a memory bomb, and the next program runs', async () => {
          const done = await execute(say('memory'), { memoryBytes: 96 * MiB });
          expect(done).toMatchObject({ status: 'FAILED', failure: { code: 'OUT_OF_MEMORY' } });
          expect((await execute(say('hello'))).stdout).toBe('hello\n');
        });
        it('stops an output flood and keeps its head', async () => {
          const done = await execute(say('flood'), { outputBytes: 100_000 });
          expect(done).toMatchObject({ status: 'FAILED', failure: { code: 'OUTPUT_LIMIT' }, truncated: true });
          expect(Buffer.byteLength(done.stdout)).toBe(100_000);
        });
        it('is cancelled at once', async () => {
          const controller = new AbortController();
          const run = await start(say('ignore'));
          setTimeout(() => controller.abort(), 200);
          const done = await watch(run, runtime, {}, controller.signal);
          expect(done).toMatchObject({ status: 'CANCELLED', failure: { code: 'CANCELLED' } });
        });
      });
    }

    it('loses nothing of what many programs print at once', async () => {
      const runtime = contract.runtimes.at(-1) ?? 'NODEJS';
      const program: ProgramInput = { runtime, code: SPOKEN.lines[runtime] };
      const all = await Promise.all(Array.from({ length: 8 }, () => execute(program)));
      const lines = `${Array.from({ length: 20_000 }, (_, line) => line).join('\n')}\n`;
      for (const { stdout } of all) expect(stdout).toBe(lines);
    });
    it('runs a program of several files', async () => {
      const nodejs = contract.runtimes.includes('NODEJS');
      const input: ProgramInput = nodejs
        ? {
            runtime: 'NODEJS',
            code: 'console.log(require("./lib/deep/words.js").word)',
            files: [{ path: 'lib/deep/words.js', text: 'exports.word = "näh"' }],
          }
        : { runtime: 'BASH', code: 'cat lib/deep/words', files: [{ path: 'lib/deep/words', text: 'näh\n' }] };
      expect((await execute(input)).stdout).toBe('näh\n');
    });

    if (contract.hasSystem) systemContract(start, watch, execute);
    else heldContract(execute);
  });
}

type Start = (input: ProgramInput, limits?: LimitsInput) => Promise<SandboxRun>;
type Watch = (run: SandboxRun, runtime: RuntimeId, limits: LimitsInput, signal?: AbortSignal) => Promise<Outcome>;
type Execute = (input: ProgramInput, limits?: LimitsInput) => Promise<Outcome>;
const bash = (code: string): ProgramInput => ({ runtime: 'BASH' satisfies RuntimeId, code });
const python = (code: string): ProgramInput => ({ runtime: 'PYTHON' satisfies RuntimeId, code });

/** What only sandboxes with processes, signals and files can promise. */
function systemContract(start: Start, watch: Watch, execute: Execute): void {
  it('tells a signal from an exit code that looks like one', async () => {
    expect(await execute(bash('kill -SEGV $$'))).toMatchObject({
      failure: { code: 'SIGNALED' },
      signal: 'SIGSEGV',
      exitCode: null,
    });
    expect(await execute(bash('kill -9 $$'))).toMatchObject({ failure: { code: 'SIGNALED' }, signal: 'SIGKILL' });
    expect(await execute(bash('kill -TERM $$'))).toMatchObject({ failure: { code: 'SIGNALED' }, signal: 'SIGTERM' });
    expect(await execute(bash('exit 137'))).toMatchObject({ failure: { code: 'NON_ZERO_EXIT' }, exitCode: 137 });
  });
  it('stops a fork bomb, and the next program runs', async () => {
    const done = await execute(bash(':() { : | : & }; :; sleep 30'), { processes: 20 });
    expect(done).toMatchObject({ failure: { code: 'PROCESS_LIMIT' } });
    expect((await execute(bash('echo well'))).stdout).toBe('well\n');
  });
  it('stops a program that fills the disk', async () => {
    const code = 'f = open("big", "wb")\nwhile True:\n    f.write(b"x" * 65536); f.flush()';
    expect(await execute(python(code), { diskBytes: 2 * MiB })).toMatchObject({ failure: { code: 'DISK_LIMIT' } });
  });
  it('knows an allocation larger than all there is for what it is', async () => {
    expect(await execute(python('x = "x" * 10**14'))).toMatchObject({
      failure: { code: 'OUT_OF_MEMORY' },
      exitCode: 1,
    });
  });
  it('counts the CPU time of all processes together', async () => {
    const done = await execute(bash('for i in 1 2 3; do (while :; do :; done) & done; wait'), { cpuMs: 600, cpus: 2 });
    expect(done).toMatchObject({ failure: { code: 'CPU_TIMEOUT' } });
  });
  it('ends what a program left in the background', async () => {
    const done = await execute(bash('(setsid sleep 1000 &) ; sleep 1000 & disown; echo left'));
    expect(done).toMatchObject({ status: 'SUCCEEDED', stdout: 'left\n' });
  });
  it('has pipes for its outputs and input, which can be opened by name', async () => {
    const done = await execute({
      ...bash('cat /dev/stdin; echo out > /dev/stdout; echo err > /dev/stderr'),
      stdin: 'in\n',
    });
    expect(done).toMatchObject({ stdout: 'in\nout\n', stderr: 'err\n' });
  });
  it('takes input while it runs', async () => {
    const run = await start({ runtime: 'BASH', code: 'read a; echo "got $a"; read b; echo "then $b"', stdin: null });
    const done = watch(run, 'BASH', {});
    expect(run.write(Buffer.from('one\n'))).toBe(true);
    run.write(Buffer.from('two\n'));
    run.endInput();
    expect((await done).stdout).toBe('got one\nthen two\n');
  });
  it('shows bytes that are not UTF-8 as base64 and keeps NUL', async () => {
    const { events } = await execute(bash("printf 'a\\0b'; sleep 0.1; printf '\\xff\\xfe' >&2"));
    expect(events).toContainEqual({ kind: 'output', stream: 'STDOUT', text: 'a\0b' });
    // Each of the two bytes may come alone.
    const bytes = events.map((event) =>
      event.kind === 'output' ? Buffer.from(event.base64 ?? '', 'base64') : Buffer.alloc(0),
    );
    expect(Buffer.concat(bytes)).toEqual(Buffer.from([0xff, 0xfe]));
  });
  it('has no network, no powers, and a system it cannot change', async () => {
    const code = [
      '(exec 3<>/dev/tcp/127.0.0.1/22) 2>/dev/null && echo connected',
      'grep -E "^Cap(Eff|Prm|Bnd):" /proc/self/status | grep -v 0000000000000000',
      'grep NoNewPrivs /proc/self/status',
      'touch /usr/x 2>/dev/null && echo wrote-usr; touch /x 2>/dev/null && echo wrote-root',
      'echo x > /proc/sys/kernel/core_pattern 2>/dev/null && echo wrote-proc',
      'mount -t tmpfs x /mnt 2>/dev/null && echo mounted; unshare -Ur true 2>/dev/null && echo userns',
      'ls -d /root/* /home/* /var/run/docker.sock /run/docker.sock 2>/dev/null; ls /sys/class/net 2>/dev/null | grep -v lo',
      'cat /etc/shadow 2>/dev/null; kill -9 1 2>/dev/null; ls | wc -l',
    ].join('\n');
    expect((await execute(bash(code))).stdout.replace(/\s+/g, ' ').trim()).toBe('NoNewPrivs: 1 1');
  });
  it('sees no other process than its own', async () => {
    const { stdout } = await execute(
      bash('for p in /proc/[0-9]*; do tr "\\0" " " < $p/cmdline | cut -c1-40; echo; done'),
    );
    expect(stdout).not.toContain('vitest');
  });
}

/** What a sandbox without an operating system inside must not give. */
function heldContract(execute: Execute): void {
  it('gives no way to the system', async () => {
    const code = `
      const tried = [() => require('child_process'), () => require('net'), () => require('/etc/passwd'),
        () => require('fs').readFileSync('/etc/passwd'), () => require('../../../../etc/passwd'),
        () => process.binding('fs'), () => process.mainModule.require('fs').readFileSync('/etc/passwd'),
        () => (() => {}).constructor('return process.dlopen')()()];
      for (const attempt of tried) { try { console.log('got', attempt()); } catch { console.log('held'); } }`;
    expect((await execute({ runtime: 'NODEJS', code })).stdout).toBe('held\n'.repeat(8));
  });
}

import { describe, expect, it } from 'vitest';
import { resolveLimits } from '../domain/limits.js';
import { type ProgramInput, resolveProgram } from '../domain/program.js';
import { supervise } from '../service/supervise.js';
import { QuickJsSandbox } from './quickjs-sandbox.js';
import { sandboxContract } from './sandbox.contract.js';

sandboxContract({
  name: 'QuickJS in WebAssembly',
  create: async () => new QuickJsSandbox(),
  runtimes: ['NODEJS'],
  hasSystem: false,
  leftovers: async () => [],
});

async function run(
  code: string,
  more: Partial<ProgramInput> = {},
): Promise<{ stdout: string; stderr: string; status: string }> {
  const program = resolveProgram({ runtime: 'NODEJS', code, stdin: '', ...more });
  const limits = resolveLimits({ wallMs: 20_000 });
  const started = await new QuickJsSandbox().start({ executionId: 'x', tenantId: 't', program, limits });
  const printed = { STDOUT: '', STDERR: '' };
  const { status } = await supervise(started, {
    runtime: 'NODEJS',
    limits,
    signal: new AbortController().signal,
    emit: async (bodies) => {
      for (const body of bodies) if (body.kind === 'output') printed[body.stream] += body.text;
    },
  });
  return { stdout: printed.STDOUT, stderr: printed.STDERR, status };
}

describe('JavaScript in QuickJS', () => {
  it('waits for timers and promises, in the order that Node.js has', async () => {
    const code = `setTimeout(() => console.log('later'), 20); setTimeout(() => console.log('soon'), 1);
      Promise.resolve().then(() => console.log('micro')); process.nextTick(() => {}); console.log('now');`;
    expect((await run(code)).stdout).toBe('now\nmicro\nsoon\nlater\n');
  });
  it('runs ES modules with top-level await and imports of its own files', async () => {
    const files = [{ path: 'lib/a.mjs', text: 'export const a = 1; export default 2;' }];
    const code = `import two, { a } from './lib/a.mjs'; import { readFileSync } from 'node:fs';
      await new Promise((resolve) => setTimeout(resolve, 5)); console.log(a, two, readFileSync('lib/a.mjs', 'utf8').length);`;
    expect(await run(code, { files })).toMatchObject({ status: 'SUCCEEDED', stdout: '1 2 37\n' });
  });
  it('prints values as Node.js does', async () => {
    const code = `console.log([1, 'a', { b: null }], new Map([[1, { c: [] }]]), -0, undefined, () => 1, 10n);
      console.log('%s is %d', 'x', 5, { deep: { deep: { deep: { deep: 1 } } } });`;
    expect((await run(code)).stdout).toBe(
      "[ 1, 'a', { b: null } ] Map(1) { 1 => { c: [] } } -0 undefined [Function: (anonymous)] 10n\n" +
        'x is 5 { deep: { deep: { deep: [Object] } } }\n',
    );
  });
  it('tells an uncaught error with its place and ends with 1', async () => {
    const { stderr, status } = await run('\nfunction f() { throw new TypeError("no") }\nf()');
    expect(status).toBe('FAILED');
    expect(stderr).toContain('Uncaught TypeError: no');
    expect(stderr).toContain('/work/main.js:2');
  });
  it('tells a syntax error and a rejected module', async () => {
    expect((await run('let = ;')).stderr).toContain('SyntaxError');
    expect((await run('export {}; await 0; throw new Error("late")')).stderr).toContain('late');
  });
  it('reads input as it comes', async () => {
    const code = 'let n = 0; process.stdin.on("data", (d) => { n += d.length }).on("end", () => console.log(n))';
    expect((await run(code, { stdin: 'x'.repeat(300_000) })).stdout).toBe('300000\n');
    expect((await run('for await (const d of process.stdin) console.log(d)', { stdin: 'in' })).stdout).toBe('in\n');
  });
  it('cannot be kept alive by catching its own exit', async () => {
    const code = 'while (true) { try { process.exit(4) } catch {} }';
    expect((await run(code)).status).toBe('FAILED');
  });
});

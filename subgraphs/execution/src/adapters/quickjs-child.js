import { readSync, writeSync } from 'node:fs';
import { getQuickJS } from 'quickjs-emscripten';
import { GUEST } from './quickjs-guest.js';

/**
 * Runs one JavaScript program in QuickJS compiled to WebAssembly, in a process of its own that its parent may kill at
 * any time. Plain JavaScript, since it is started without a loader. The parent sends the program as one message and is
 * told `started` and the end; output goes straight to the pipes, and waits where they are full.
 */
const SELF_CHECK_MS = 50;
const GRACE_MS = 1_000; // the parent ends us at the wall time; a second later it must have gone

/** @typedef {{ files: Record<string, string>, entrypoint: string, args: string[], env: Record<string, string>, version: string, limits: { wallMs: number, cpuMs: number, memoryBytes: number } }} Start */

/** @param {number} fd @param {string} text */
function writeAll(fd, text) {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error);
      if (code === 'EPIPE') process.exit(0); // nobody is there any more
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}

function readAllInput() {
  const chunks = [];
  const chunk = Buffer.alloc(65_536);
  while (true) {
    try {
      const size = readSync(0, chunk, 0, chunk.length, null);
      if (size === 0) break;
      chunks.push(Buffer.from(chunk.subarray(0, size)));
    } catch (error) {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error);
      if (code === 'EOF') break; // how Windows says it
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
  return Buffer.concat(chunks).toString();
}

/** @param {Start} start */
async function run(start) {
  const quickjs = await getQuickJS();
  const runtime = quickjs.newRuntime();
  runtime.setMemoryLimit(Math.min(start.limits.memoryBytes, 2_000_000_000));
  runtime.setMaxStackSize(256 * 1024);
  const context = runtime.newContext();
  /** @type {{ exitCode?: number, signal?: string, outOfMemory?: boolean } | null} */
  let end = null;
  let listening = false;
  let inputEnded = false;
  /** @type {Map<number, NodeJS.Timeout>} */
  const timers = new Map();
  const parent = process.ppid;
  const began = Date.now();
  const cpuBefore = process.cpuUsage();
  let lastCheck = began;

  const cpuMs = () => {
    const used = process.cpuUsage(cpuBefore);
    return (used.user + used.system) / 1000;
  };
  runtime.setInterruptHandler(() => {
    if (end) return true;
    const now = Date.now();
    if (now - lastCheck < SELF_CHECK_MS && now >= lastCheck) return false;
    lastCheck = now;
    if (process.ppid !== parent || now - began > start.limits.wallMs + GRACE_MS) process.exit(1);
    if (cpuMs() > start.limits.cpuMs) end = { signal: 'SIGXCPU' };
    return end !== null;
  });

  await new Promise((resolve) => process.send?.({ kind: 'started' }, resolve));

  /** @param {string} name @param {(...args: any[]) => any} work */
  const define = (name, work) => {
    const handle = context.newFunction(name, (...handles) => work(...handles));
    context.setProp(host, name, handle);
    handle.dispose();
  };
  const host = context.newObject();
  define('write', (fd, text) => writeAll(context.getNumber(fd) === 2 ? 2 : 1, context.getString(text)));
  define('now', () => context.newNumber(performance.now()));
  define('exit', (code) => {
    end ??= { exitCode: context.getNumber(code) & 255 };
    throw new Error('exiting'); // and where a program catches this, the interrupt handler ends it
  });
  define('readInput', () => {
    inputEnded = true;
    return context.newString(readAllInput());
  });
  define('timer', (idHandle, ms) => {
    const id = context.getNumber(idHandle);
    const timer = setTimeout(
      () => {
        timers.delete(id);
        turn(() => call('fire', context.newNumber(id)));
      },
      Math.min(context.getNumber(ms), 2_147_483_647),
    );
    timers.set(id, timer);
  });
  define('clear', (idHandle) => {
    const id = context.getNumber(idHandle);
    clearTimeout(timers.get(id));
    timers.delete(id);
  });
  define('listen', () => {
    if (listening || inputEnded) return;
    listening = true;
    process.stdin.setEncoding('utf8');
    process.stdin.on('data', (text) => turn(() => call('input', context.newString(String(text)))));
    process.stdin.once('end', () => {
      inputEnded = true;
      turn(() => call('inputEnd'));
    });
  });
  define('compile', (pathHandle) => {
    const path = context.getString(pathHandle);
    const source = `(function (exports, require, module, __filename, __dirname) {${start.files[path] ?? ''}\n})`;
    return context.evalCode(source, `/work/${path}`);
  });

  const startHandle = context.unwrapResult(context.evalCode(`(${JSON.stringify(start)})`, 'start'));
  const make = context.unwrapResult(context.evalCode(GUEST, 'agentos'));
  const guest = context.unwrapResult(context.callFunction(make, context.undefined, host, startHandle));
  for (const handle of [make, host, startHandle]) handle.dispose();

  /** @param {string} name @param {import('quickjs-emscripten').QuickJSHandle[]} args */
  function call(name, ...args) {
    const method = context.getProp(guest, name);
    const result = context.callFunction(method, guest, ...args);
    method.dispose();
    for (const arg of args) arg.dispose();
    return result;
  }

  /** @param {import('quickjs-emscripten').QuickJSHandle} error */
  function fail(error) {
    if (end) return;
    const shown = context.dump(error);
    if (shown?.name === 'InternalError' && shown.message === 'out of memory') {
      end = { exitCode: 1, outOfMemory: true };
      return;
    }
    const text = call('errorText', error.dup());
    if (text.error) {
      const why = context.dump(text.error);
      text.error.dispose();
      end = { exitCode: 1, outOfMemory: why?.message === 'out of memory' };
      if (!end.outOfMemory) writeAll(2, 'Uncaught exception\n');
      return;
    }
    const isError = shown !== null && typeof shown === 'object' && 'stack' in shown;
    writeAll(2, `Uncaught ${isError ? context.getString(text.value) : String(shown)}\n\nQuickJS ${start.version}\n`);
    text.value.dispose();
    end ??= { exitCode: 1 };
  }

  /** @type {import('quickjs-emscripten').QuickJSHandle | null} */
  let main = null;
  /** Runs some of the program, then everything that it has put off to a later turn. @param {() => any} work */
  function turn(work) {
    if (end) return;
    const result = work();
    if (result?.error) {
      fail(result.error);
      result.error.dispose();
    } else if (result?.value && result.value !== main) result.value.dispose();
    while (!end) {
      const jobs = runtime.executePendingJobs(1_000);
      if (jobs.error) {
        fail(jobs.error);
        jobs.error.dispose();
        break;
      }
      if (jobs.value === 0) break;
    }
    settle();
  }

  /** A module's promise tells of its end; a program whose last listener and timer are gone is at its end. */
  function settle() {
    if (!end && main) {
      const state = context.getPromiseState(main);
      if (state.type === 'rejected') {
        fail(state.error);
        state.error.dispose();
      }
    }
    if (!end && timers.size === 0 && !(listening && !inputEnded)) {
      const exiting = call('exiting');
      if (exiting.error) fail(exiting.error);
      else end ??= { exitCode: context.getNumber(exiting.value) & 255 };
    }
    if (end) finish();
  }

  let finished = false;
  function finish() {
    if (finished || !end) return;
    finished = true;
    for (const timer of timers.values()) clearTimeout(timer);
    const { maxRSS } = process.resourceUsage(); // KiB
    const usage = { cpuMs: cpuMs(), peakMemoryBytes: maxRSS * 1024, wallMs: Date.now() - began };
    process.send?.({ kind: 'ended', ...end, usage }, () => process.exit(0));
  }

  /** As Node.js decides it: by the name, else what does not parse as a function's body is a module. */
  function isModule() {
    if (/\.[mc]js$/.test(start.entrypoint)) return start.entrypoint.endsWith('.mjs');
    const source = `(function () {${start.files[start.entrypoint] ?? ''}\n})`;
    const parsed = context.evalCode(source, start.entrypoint);
    parsed.dispose();
    return parsed.error !== undefined;
  }

  runtime.setModuleLoader(
    (name) => {
      const keys = context.unwrapResult(call('builtin', context.newString(name)));
      const names = /** @type {string[]} */ (context.dump(keys));
      keys.dispose();
      if (names.length > 0) {
        const lines = names.map((each) => `export const ${each} = module[${JSON.stringify(each)}];`);
        return `const module = globalThis[Symbol.for('agentos.take')](${JSON.stringify(name)}); export default module; ${lines.join(' ')}`;
      }
      const source = start.files[name];
      if (source === undefined) return { error: new Error(`Cannot find module '${name}'`) };
      if (name.endsWith('.json')) return `export default ${source}`;
      if (name.endsWith('.cjs'))
        return `export default globalThis[Symbol.for('agentos.load')](${JSON.stringify(name)});`;
      return source;
    },
    (base, name) => {
      if (!/^\.{0,2}\//.test(name)) return name;
      const path = context.unwrapResult(call('resolve', context.newString(name), context.newString(base)));
      const resolved = context.dump(path);
      path.dispose();
      return resolved ?? name;
    },
  );
  if (isModule()) {
    for (const name of ['take', 'load']) {
      const method = context.getProp(guest, name);
      const symbol = context.newSymbolFor(`agentos.${name}`);
      context.setProp(context.global, symbol, method);
      method.dispose();
      symbol.dispose();
    }
    turn(() => {
      const result = context.evalCode(start.files[start.entrypoint] ?? '', start.entrypoint, { type: 'module' });
      if (!result.error) main = result.value;
      return result;
    });
  } else {
    turn(() => call('load', context.newString(start.entrypoint)));
  }
}

process.once('message', (/** @type {Start} */ start) => {
  run(start).catch((error) => {
    // The WebAssembly machine itself gave up: its heap is at its end.
    const outOfMemory =
      error instanceof WebAssembly.RuntimeError ||
      error instanceof RangeError ||
      /memory/i.test(String(error?.message));
    writeAll(2, outOfMemory ? '' : `${error?.message}\n`);
    process.send?.({ kind: 'ended', exitCode: 1, outOfMemory, usage: null }, () => process.exit(0));
  });
});
process.once('disconnect', () => process.exit(1));
process.on('uncaughtException', (error) => {
  const outOfMemory =
    error instanceof WebAssembly.RuntimeError || error instanceof RangeError || /memory/i.test(error.message);
  process.send?.({ kind: 'ended', exitCode: 1, outOfMemory, usage: null }, () => process.exit(0));
});

/**
 * What a program in QuickJS finds: `console`, `process`, timers, `require` of its own files and of a small `fs`. It is
 * evaluated inside the WebAssembly sandbox, around a handful of functions of the host (`host`), which is all of the
 * outside that there is.
 */
export const GUEST = String.raw`(function (host, start) {
  'use strict';
  function inspect(value, depth = 0, seen = []) {
    if (typeof value === 'string') return depth === 0 ? value : quote(value);
    if (typeof value === 'bigint') return value + 'n';
    if (typeof value === 'symbol') return value.toString();
    if (typeof value === 'function') {
      const source = Function.prototype.toString.call(value);
      const kind = source.startsWith('class') ? 'class' : 'Function';
      return '[' + kind + (kind === 'class' ? ' ' : ': ') + (value.name || '(anonymous)') + ']';
    }
    if (Object.is(value, -0)) return '-0';
    if (value === null || typeof value !== 'object') return String(value);
    if (seen.includes(value)) return '[Circular *1]';
    if (value instanceof Error) return errorText(value);
    if (value instanceof Date) return isNaN(value) ? 'Invalid Date' : value.toISOString();
    if (value instanceof RegExp) return String(value);
    const name = value.constructor && value.constructor.name;
    if (depth > 2) return Array.isArray(value) ? '[Array]' : '[' + (name || 'Object') + ']';
    const inner = [...seen, value];
    const show = (each) => inspect(each, depth + 1, inner);
    const key = (each) => (typeof each === 'symbol' ? '[' + each.toString() + ']' : /^[A-Za-z_$][\w$]*$/.test(each) ? each : quote(each));
    const own = (keys) => keys.map((each) => key(each) + ': ' + show(value[each]));
    if (value instanceof Promise) return 'Promise {}';
    if (Array.isArray(value) || ArrayBuffer.isView(value)) {
      const items = Array.from(value).slice(0, 100).map(show);
      if (value.length > 100) items.push('... ' + (value.length - 100) + ' more items');
      const prefix = Array.isArray(value) ? '' : name + '(' + value.length + ') ';
      return prefix + enclose('[', items, ']', depth, !isNaN(Number(items[0])) && items.length > 6);
    }
    if (value instanceof Map) {
      return 'Map(' + value.size + ') ' + enclose('{', [...value].map(([k, v]) => show(k) + ' => ' + show(v)), '}', depth);
    }
    if (value instanceof Set) return 'Set(' + value.size + ') ' + enclose('{', [...value].map(show), '}', depth);
    const prefix = Object.getPrototypeOf(value) === null ? '[Object: null prototype] ' : !name || name === 'Object' ? '' : name + ' ';
    return prefix + enclose('{', own(Reflect.ownKeys(value).filter((k) => Object.prototype.propertyIsEnumerable.call(value, k))), '}', depth);
  }
  function quote(text) {
    const mark = !text.includes("'") ? "'" : !text.includes('"') ? '"' : "'";
    const escaped = text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/\t/g, '\\t').replace(/\r/g, '\\r');
    return mark + (mark === "'" ? escaped.replace(/'/g, "\\'") : escaped) + mark;
  }
  function enclose(open, items, close, depth, grouped) {
    if (items.length === 0) return open + close;
    const line = open + ' ' + items.join(', ') + ' ' + close;
    if (line.length <= 76 && !line.includes('\n')) return line;
    const pad = '  '.repeat(depth + 1);
    const lines = [];
    if (grouped) for (let at = 0; at < items.length; at += 12) lines.push(items.slice(at, at + 12).join(', '));
    else lines.push(...items);
    return open + '\n' + lines.map((each) => pad + each).join(',\n') + '\n' + '  '.repeat(depth) + close;
  }
  function errorText(error) {
    const head = (error.name || 'Error') + (error.message ? ': ' + error.message : '');
    const stack = String(error.stack || '').replace(/\s+$/, '');
    return stack ? head + '\n' + stack : head;
  }
  function format(args) {
    const rest = [...args];
    let text = '';
    if (typeof rest[0] === 'string' && rest.length > 1) {
      text = rest.shift().replace(/%[sdifjoOc%]/g, (mark) => {
        if (mark === '%%') return '%';
        if (rest.length === 0) return mark;
        const value = rest.shift();
        if (mark === '%s') return typeof value === 'object' ? inspect(value, 1) : String(value);
        if (mark === '%d') return String(Number(value));
        if (mark === '%i') return String(parseInt(value, 10));
        if (mark === '%f') return String(parseFloat(value));
        if (mark === '%j') return JSON.stringify(value);
        if (mark === '%c') return '';
        return inspect(value, 1);
      });
      if (rest.length > 0) text += ' ';
    }
    return text + rest.map((each) => inspect(each)).join(' ');
  }
  const write = (stream, text) => host.write(stream, typeof text === 'string' ? text : String(text));
  const counts = new Map();
  const times = new Map();
  const out = (...args) => write(1, format(args) + '\n');
  const err = (...args) => write(2, format(args) + '\n');
  globalThis.console = {
    log: out, info: out, debug: out, dir: (value) => out(value), error: err, warn: err,
    trace: (...args) => err('Trace: ' + format(args) + '\n' + new Error().stack),
    table: (value) => out(value), group: out, groupEnd() {},
    assert: (ok, ...args) => { if (!ok) err('Assertion failed' + (args.length ? ': ' + format(args) : '')); },
    count: (name = 'default') => { counts.set(name, (counts.get(name) || 0) + 1); out(name + ': ' + counts.get(name)); },
    time: (name = 'default') => { times.set(name, Date.now()); },
    timeEnd: (name = 'default') => { out(name + ': ' + (Date.now() - times.get(name)) + 'ms'); },
  };

  const callbacks = new Map();
  let nextTimer = 1;
  const timer = (repeat) => (callback, ms = 0, ...args) => {
    const id = nextTimer++;
    callbacks.set(id, { callback, args, ms, repeat });
    host.timer(id, Math.max(1, Number(ms) || 0));
    return id;
  };
  globalThis.setTimeout = timer(false);
  globalThis.setInterval = timer(true);
  globalThis.setImmediate = (callback, ...args) => setTimeout(callback, 0, ...args);
  globalThis.clearTimeout = globalThis.clearInterval = globalThis.clearImmediate = (id) => {
    if (callbacks.delete(id)) host.clear(id);
  };
  globalThis.queueMicrotask = (callback) => { Promise.resolve().then(callback); };

  function emitter(target) {
    const listeners = new Map();
    target.on = target.addListener = (event, listener) => {
      listeners.set(event, [...(listeners.get(event) || []), listener]);
      if (target.listening) target.listening(event);
      return target;
    };
    target.once = (event, listener) => {
      const once = (...args) => { target.off(event, once); listener(...args); };
      return target.on(event, once);
    };
    target.off = target.removeListener = (event, listener) => {
      listeners.set(event, (listeners.get(event) || []).filter((each) => each !== listener));
      return target;
    };
    target.emit = (event, ...args) => {
      const all = listeners.get(event) || [];
      for (const listener of all) listener.apply(target, args);
      return all.length > 0;
    };
    return target;
  }
  const stdin = emitter({
    fd: 0, isTTY: false,
    setEncoding() { return stdin; }, resume() { host.listen(); return stdin; }, pause() { return stdin; }, unref() { return stdin; },
    listening(event) { if (event === 'data' || event === 'end' || event === 'readable') host.listen(); },
    async *[Symbol.asyncIterator]() {
      const queue = [];
      let ended = false;
      let wake = () => {};
      stdin.on('data', (text) => { queue.push(text); wake(); }).on('end', () => { ended = true; wake(); });
      while (true) {
        if (queue.length > 0) yield queue.shift();
        else if (ended) return;
        else await new Promise((resolve) => { wake = resolve; });
      }
    },
  });
  const stream = (fd) => emitter({
    fd, isTTY: false, writable: true,
    write(text, encoding, done) {
      write(fd, text);
      const callback = typeof encoding === 'function' ? encoding : done;
      if (typeof callback === 'function') queueMicrotask(callback);
      return true;
    },
    end(text) { if (text !== undefined) write(fd, text); },
  });
  const startedAt = Date.now();
  globalThis.process = emitter({
    argv: ['node', start.entrypoint, ...start.args], env: { ...start.env }, pid: 1, platform: 'wasm', arch: 'wasm32', title: 'node',
    version: 'v' + start.version, versions: { quickjs: start.version }, exitCode: undefined, execArgv: [], release: { name: 'quickjs' },
    stdin, stdout: stream(1), stderr: stream(2), cwd: () => '/work', uptime: () => (Date.now() - startedAt) / 1000,
    exit: (code) => { host.exit(Number(code === undefined ? process.exitCode : code) || 0); },
    nextTick: (callback, ...args) => { Promise.resolve().then(() => callback(...args)); },
    hrtime: Object.assign((before) => {
      const now = host.now() / 1000;
      const at = [Math.floor(now), Math.floor((now % 1) * 1e9)];
      return before ? [at[0] - before[0] - (at[1] < before[1] ? 1 : 0), (at[1] - before[1] + 1e9) % 1e9] : at;
    }, { bigint: () => BigInt(Math.floor(host.now() * 1e6)) }),
    memoryUsage: () => ({ heapUsed: 0, heapTotal: 0, rss: 0, external: 0 }),
  });
  globalThis.performance = { now: () => host.now(), timeOrigin: Date.now() - host.now() };
  globalThis.global = globalThis;
  globalThis.structuredClone ??= (value) => JSON.parse(JSON.stringify(value));

  const failing = (message, code) => Object.assign(new Error(message), { code });
  function readFile(path) {
    if (path === 0 || path === '/dev/stdin') return host.readInput();
    const clean = normalize(String(path).replace(/^\/work\//, ''), '');
    const text = clean === null ? undefined : start.files[clean];
    if (text === undefined) throw failing("ENOENT: no such file or directory, open '" + path + "'", 'ENOENT');
    return text;
  }
  const fs = {
    readFileSync: readFile,
    existsSync: (path) => { try { readFile(path); return path !== 0; } catch { return false; } },
    writeSync: (fd, text) => { if (fd !== 1 && fd !== 2) throw failing('EBADF: bad file descriptor', 'EBADF'); write(fd, text); return text.length; },
    writeFileSync: () => { throw failing('EROFS: a program in WebAssembly has no file system to write to', 'EROFS'); },
    promises: { readFile: async (path) => readFile(path) },
  };
  const builtin = { fs, 'fs/promises': fs.promises, process, util: { inspect: (value) => inspect(value, 1), format: (...args) => format(args) },
    timers: globalThis, perf_hooks: { performance: globalThis.performance } };

  function normalize(path, from) {
    const parts = path.startsWith('.') ? from.split('/').slice(0, -1) : [];
    for (const part of path.split('/')) {
      if (part === '..') { if (parts.length === 0) return null; parts.pop(); }
      else if (part !== '.' && part !== '') parts.push(part);
    }
    return parts.join('/');
  }
  function resolve(name, from) {
    const path = normalize(name, from);
    if (path === null) return null;
    for (const candidate of [path, path + '.js', path + '.cjs', path + '.mjs', path + '.json', path + '/index.js']) {
      if (Object.prototype.hasOwnProperty.call(start.files, candidate)) return candidate;
    }
    return null;
  }
  const modules = new Map();
  function requireFrom(from) {
    return (name) => {
      const plain = name.replace(/^node:/, '');
      if (Object.prototype.hasOwnProperty.call(builtin, plain)) return builtin[plain];
      const path = /^\.{0,2}\//.test(name) ? resolve(name.replace(/^\/work\//, './'), name.startsWith('/') ? '' : from) : null;
      if (path === null) {
        throw failing("Cannot find module '" + name + "': programs in WebAssembly have their own files, fs and util", 'MODULE_NOT_FOUND');
      }
      return load(path);
    };
  }
  function load(path) {
    const known = modules.get(path);
    if (known) return known.exports;
    const module = { exports: {}, id: path, filename: '/work/' + path, loaded: false };
    modules.set(path, module);
    if (path.endsWith('.json')) module.exports = JSON.parse(start.files[path]);
    else host.compile(path)(module.exports, requireFrom(path), module, '/work/' + path, '/work');
    module.loaded = true;
    return module.exports;
  }
  return {
    load, resolve, errorText,
    builtin: (name) => Object.keys(builtin[name.replace(/^node:/, '')] || {}),
    take: (name) => builtin[name.replace(/^node:/, '')],
    fire(id) {
      const timer = callbacks.get(id);
      if (!timer) return;
      if (timer.repeat) host.timer(id, Math.max(1, Number(timer.ms) || 0));
      else callbacks.delete(id);
      timer.callback(...timer.args);
    },
    input(text) { stdin.emit('data', text); },
    inputEnd() { stdin.emit('end'); stdin.emit('close'); },
    exiting() { process.emit('exit', process.exitCode || 0); return Number(process.exitCode) || 0; },
  };
})`;

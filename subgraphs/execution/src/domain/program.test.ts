import { describe, expect, it } from 'vitest';
import { resolveLimits } from './limits.js';
import { resolveProgram, safeRelativePath } from './program.js';

describe('paths in a program', () => {
  it.each([
    ['a/b.py', 'a/b.py'],
    ['./a//b.py', 'a/b.py'],
    ['a/./b', 'a/b'],
    ['..a/b..', '..a/b..'],
  ])('%j is %j', (given, clean) => {
    expect(safeRelativePath(given, 'f')).toBe(clean);
  });
  it.each([
    '',
    '.',
    '/',
    '/etc/passwd',
    '..',
    '../a',
    'a/../../b',
    'a/..',
    'a\0b',
    'a\\..\\b',
    'dir/',
    `${'a/'.repeat(40)}b`,
    'x'.repeat(300),
  ])('%j is refused by name', (given) => {
    expect(() => safeRelativePath(given, 'f')).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT', field: 'f' }));
  });
});

describe('a program', () => {
  it('is named after its language, and an ES module after what it says', () => {
    const entry = (runtime: 'PYTHON' | 'NODEJS', code: string) => resolveProgram({ runtime, code }).entrypoint;
    expect(entry('PYTHON', '')).toBe('main.py');
    expect(entry('NODEJS', 'const a = require("fs")')).toBe('main.js');
    expect(entry('NODEJS', '// x\nimport fs from "fs"')).toBe('main.mjs');
    expect(entry('NODEJS', 'console.log("import x")')).toBe('main.js');
  });
  it('takes binary files and refuses what is not base64', () => {
    const { files } = resolveProgram({ runtime: 'BASH', code: '', files: [{ path: 'b', base64: 'AP8=' }] });
    expect([...(files[1]?.content ?? [])]).toEqual([0, 255]);
    expect(() => resolveProgram({ runtime: 'BASH', code: '', files: [{ path: 'b', base64: '!!' }] })).toThrow(/base64/);
  });
  it.each([
    [
      'input.files.1.path',
      {
        files: [
          { path: 'a', text: '' },
          { path: './a', text: '' },
        ],
      },
    ],
    ['input.files.0.path', { files: [{ path: 'main.sh', text: '' }] }],
    [
      'input.files',
      {
        files: [
          { path: 'a', text: '' },
          { path: 'a/b', text: '' },
        ],
      },
    ],
    ['input.files.0', { files: [{ path: 'a', text: '', base64: '' }] }],
    [
      'input.env.1.name',
      {
        env: [
          { name: 'A', value: '' },
          { name: 'A', value: '' },
        ],
      },
    ],
    ['input.env.0.name', { env: [{ name: '', value: '' }] }],
    ['input.env.0.value', { env: [{ name: 'A', value: 'x\0' }] }],
    ['input.args.0', { args: ['x'.repeat(200_000)] }],
    ['input.args', { args: Array.from({ length: 9 }, () => 'x'.repeat(100_000)) }],
  ])('is refused for %s', (field, more) => {
    expect(() => resolveProgram({ runtime: 'BASH', code: '', ...more })).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT', field }),
    );
  });
});

describe('limits', () => {
  it('are complete, whatever was asked for', () => {
    expect(resolveLimits(null)).toEqual(resolveLimits({ wallMs: null }));
    expect(resolveLimits({ wallMs: 5, cpus: 0.5 })).toMatchObject({ wallMs: 5, cpus: 0.5, processes: 64 });
  });
  it.each([
    ['wallMs', 0],
    ['wallMs', -1],
    ['wallMs', 3_600_001],
    ['cpuMs', 0.5],
    ['memoryBytes', 1],
    ['memoryBytes', Number.MAX_SAFE_INTEGER],
    ['processes', 0],
    ['diskBytes', -5],
    ['outputBytes', 0],
    ['cpus', 0],
    ['cpus', Number.NaN],
    ['cpus', Number.POSITIVE_INFINITY],
  ])('refuse %s of %d by name', (name, value) => {
    expect(() => resolveLimits({ [name]: value })).toThrow(expect.objectContaining({ field: `input.limits.${name}` }));
  });
});

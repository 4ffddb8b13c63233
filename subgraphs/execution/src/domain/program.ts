import { badInput } from '@agentos/kernel';
import type { RuntimeId } from './execution.js';

/** A file beside the program; `path` is relative, with forward slashes, and stays inside the work folder. */
export interface ProgramFile {
  path: string;
  content: Uint8Array;
  executable: boolean;
}

/** A program as it is given to a sandbox: validated, complete. */
export interface Program {
  runtime: RuntimeId;
  /** Every file of the program, the entry point among them. */
  files: ProgramFile[];
  /** The path of the file that is run. */
  entrypoint: string;
  args: string[];
  env: { name: string; value: string }[];
  /** All of the standard input, then its end; null keeps it open for `sendInput`. */
  stdin: string | null;
}

export interface ProgramInput {
  runtime: RuntimeId;
  code: string;
  files?: { path: string; text?: string | null; base64?: string | null; executable?: boolean | null }[] | null;
  entrypoint?: string | null;
  args?: string[] | null;
  env?: { name: string; value: string }[] | null;
  stdin?: string | null;
}

const MiB = 1024 * 1024;
export const PROGRAM_LIMITS = {
  codeBytes: 4 * MiB,
  files: 1_000,
  filesBytes: 8 * MiB,
  stdinBytes: 8 * MiB,
  pathBytes: 1_024,
  pathDepth: 32,
  /** The kernel takes no longer single argument or `NAME=value` than 128 KiB. */
  stringBytes: 120 * 1024,
  argumentsBytes: 512 * 1024,
};

const EXTENSIONS: Record<RuntimeId, string> = {
  NODEJS: 'js',
  TYPESCRIPT: 'ts',
  PYTHON: 'py',
  GO: 'go',
  RUST: 'rs',
  JAVA: 'java',
  CSHARP: 'cs',
  BASH: 'sh',
};
const ES_MODULE = /^\s*(?:import\s*[\w{*'"]|export\s+(?:default|const|let|var|function|class|async|\{|\*))/m;

/** @throws BAD_USER_INPUT where the text holds half a surrogate pair, which no UTF-8 can carry */
function bytesOf(text: string, field: string): number {
  if (!text.isWellFormed()) throw badInput('Not well-formed Unicode: a surrogate stands alone', field);
  return Buffer.byteLength(text);
}

/**
 * Checks a relative path and gives it back without `.` and doubled slashes.
 * @throws BAD_USER_INPUT for absolute paths, `..`, NUL, backslashes, and what is too long or too deep.
 */
export function safeRelativePath(path: string, field: string): string {
  if (path.includes('\0')) throw badInput('A path holds no NUL character', field);
  if (path.includes('\\')) throw badInput('Write paths with forward slashes', field);
  if (path.startsWith('/')) throw badInput('Write paths relative to the work folder', field);
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.length === 0 || path.endsWith('/')) throw badInput('A path names a file', field);
  if (parts.includes('..')) throw badInput('A path stays inside the work folder: no ".."', field);
  if (parts.length > PROGRAM_LIMITS.pathDepth)
    throw badInput(`At most ${PROGRAM_LIMITS.pathDepth} folders deep`, field);
  const clean = parts.join('/');
  if (bytesOf(clean, field) > PROGRAM_LIMITS.pathBytes || parts.some((part) => bytesOf(part, field) > 255)) {
    throw badInput(`A path has at most ${PROGRAM_LIMITS.pathBytes} bytes, and 255 in each part`, field);
  }
  return clean;
}

function contentOf(file: NonNullable<ProgramInput['files']>[number], field: string): Uint8Array {
  const { text, base64 } = file;
  if (typeof text === 'string' && typeof base64 === 'string') throw badInput('Give text or base64, not both', field);
  if (typeof text === 'string') {
    bytesOf(text, `${field}.text`);
    return Buffer.from(text);
  }
  if (typeof base64 !== 'string') throw badInput('A file needs text or base64', field);
  const bytes = Buffer.from(base64, 'base64');
  // Buffer.from skips what is not base64; only a round trip shows that nothing was lost.
  if (bytes.toString('base64').replace(/=+$/, '') !== base64.replace(/=+$/, '')) {
    throw badInput('Not valid base64', `${field}.base64`);
  }
  return bytes;
}

function checkStrings(input: ProgramInput, field: string): { args: string[]; env: Program['env'] } {
  const args = input.args ?? [];
  const env = input.env ?? [];
  let total = 0;
  const check = (text: string, where: string): void => {
    if (text.includes('\0')) throw badInput('Holds a NUL character, which no program can be given', where);
    const size = bytesOf(text, where);
    total += size + 1;
    if (size > PROGRAM_LIMITS.stringBytes) throw badInput(`At most ${PROGRAM_LIMITS.stringBytes} bytes`, where);
  };
  for (const [index, arg] of args.entries()) check(arg, `${field}.args.${index}`);
  const seen = new Set<string>();
  env.forEach(({ name, value }, index) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,254}$/.test(name)) {
      throw badInput('A variable name has letters, digits and _, and no digit first', `${field}.env.${index}.name`);
    }
    if (seen.has(name)) throw badInput(`${name} is given twice`, `${field}.env.${index}.name`);
    seen.add(name);
    check(value, `${field}.env.${index}.value`);
  });
  if (total > PROGRAM_LIMITS.argumentsBytes) {
    throw badInput(`Arguments and environment have at most ${PROGRAM_LIMITS.argumentsBytes} bytes`, `${field}.args`);
  }
  return { args, env };
}

function defaultEntrypoint(input: ProgramInput): string {
  if (input.runtime === 'NODEJS' && ES_MODULE.test(input.code)) return 'main.mjs';
  return `main.${EXTENSIONS[input.runtime]}`;
}

/**
 * Makes the program of an input: paths checked, entry point chosen, sizes bounded.
 * @throws BAD_USER_INPUT naming the field that is wrong.
 */
export function resolveProgram(input: ProgramInput, field = 'input'): Program {
  if (bytesOf(input.code, `${field}.code`) > PROGRAM_LIMITS.codeBytes) {
    throw badInput(`A program has at most ${PROGRAM_LIMITS.codeBytes} bytes`, `${field}.code`);
  }
  const given = input.files ?? [];
  if (given.length > PROGRAM_LIMITS.files) throw badInput(`At most ${PROGRAM_LIMITS.files} files`, `${field}.files`);
  const entrypoint =
    typeof input.entrypoint === 'string'
      ? safeRelativePath(input.entrypoint, `${field}.entrypoint`)
      : defaultEntrypoint(input);
  const files: ProgramFile[] = [{ path: entrypoint, content: Buffer.from(input.code), executable: false }];
  const taken = new Set([entrypoint]);
  let size = 0;
  given.forEach((file, index) => {
    const path = safeRelativePath(file.path, `${field}.files.${index}.path`);
    if (taken.has(path)) throw badInput(`${path} is given twice`, `${field}.files.${index}.path`);
    taken.add(path);
    const content = contentOf(file, `${field}.files.${index}`);
    size += content.byteLength;
    files.push({ path, content, executable: file.executable ?? false });
  });
  if (size > PROGRAM_LIMITS.filesBytes) {
    throw badInput(`Files have at most ${PROGRAM_LIMITS.filesBytes} bytes in all`, `${field}.files`);
  }
  for (const path of taken) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth++) {
      if (taken.has(parts.slice(0, depth).join('/'))) {
        throw badInput(`${path} lies under a path that is a file`, `${field}.files`);
      }
    }
  }
  const stdin = input.stdin ?? null;
  if (stdin !== null && bytesOf(stdin, `${field}.stdin`) > PROGRAM_LIMITS.stdinBytes) {
    throw badInput(`Standard input has at most ${PROGRAM_LIMITS.stdinBytes} bytes at once`, `${field}.stdin`);
  }
  return { runtime: input.runtime, files, entrypoint, ...checkStrings(input, field), stdin };
}

import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RuntimeId } from '../domain/execution.js';

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The full path of one of the host's programs, the system's own first. */
export function findProgram(name: string): string | null {
  for (const folder of [...SYSTEM_PATH.split(':'), ...(process.env['PATH'] ?? '').split(':')]) {
    if (folder.startsWith('/') && isExecutable(join(folder, name))) return join(folder, name);
  }
  return null;
}

/** An interpreter of the host, and the folders outside the system's own that it needs to see. */
export interface HostInterpreter {
  path: string;
  folders: string[];
}

const isSystem = (path: string): boolean => /^\/(usr|bin|lib|lib64|sbin)\//.test(path);

function findPython(): HostInterpreter | null {
  const found = findProgram('python3');
  if (!found) return null;
  const script = 'import sys; print(sys.executable); print(sys.base_prefix)';
  const answer = spawnSync(found, ['-I', '-c', script], { encoding: 'utf8', timeout: 10_000 });
  const [path, prefix] = (answer.stdout ?? '').trim().split('\n');
  if (answer.status !== 0 || !path || !prefix) return null;
  return { path: realpathSync(path), folders: isSystem(`${prefix}/`) ? [] : [realpathSync(prefix)] };
}

/** Node.js: the one that runs us, wherever it was installed. */
function findNode(): HostInterpreter {
  const path = realpathSync(process.execPath);
  return { path, folders: isSystem(path) ? [] : [dirname(path)] };
}

/** Which of the host's interpreters runs programs of this runtime; null where there is none. */
export function findInterpreter(runtime: RuntimeId): HostInterpreter | null {
  if (runtime === 'PYTHON') return findPython();
  if (runtime === 'NODEJS') return findNode();
  const bash = runtime === 'BASH' ? findProgram('bash') : null;
  return bash ? { path: bash, folders: [] } : null;
}

/** What of the host's file system a sandbox sees, read-only: the programs and libraries, no configuration, no data. */
export function systemMounts(): { links: [target: string, path: string][]; folders: string[] } {
  const links: [string, string][] = [];
  const folders: string[] = ['/usr'];
  for (const path of ['/bin', '/sbin', '/lib', '/lib64', '/lib32']) {
    if (!existsSync(path)) continue;
    if (lstatSync(path).isSymbolicLink()) links.push([readlinkSync(path), path]);
    else folders.push(path);
  }
  for (const path of ['/etc/alternatives', '/etc/ld.so.cache', '/etc/localtime', '/etc/ssl/certs', '/nix/store']) {
    if (existsSync(path)) folders.push(path);
  }
  return { links, folders };
}

export const SANDBOX_PATH = '/usr/local/bin:/usr/bin:/bin';
export const SANDBOX_UID = 1000;
let nextUid = 0;
/** A user id that no account has, another one for each run, so that runs are strangers to each other and to the host. */
export function freshUid(): number | null {
  if (process.getuid?.() !== 0) return null;
  nextUid = (nextUid + 1) % 60_000;
  return 1_900_000_000 + nextUid;
}

import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResourceLimits } from '../domain/execution.js';
import type { SandboxSample } from '../service/ports.js';

/** A version-1 hierarchy or the one of version 2, and the folder in it under which runs get theirs. */
interface Hierarchy {
  version: 1 | 2;
  controllers: string[];
  folder: string;
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null; // the kernel lacks this file, or the group is gone
  }
}

function write(path: string, value: string): boolean {
  try {
    writeFileSync(path, value);
    return true;
  } catch {
    return false;
  }
}

function keyed(text: string | null, key: string): number | null {
  const match = text ? new RegExp(`^${key} (\\d+)`, 'm').exec(text) : null;
  return match ? Number(match[1]) : null;
}

/** Folders of our own in each hierarchy that we may write to: as root, or where the session manager delegated one. */
function findHierarchies(name: string): Hierarchy[] {
  const own = new Map<string, string>();
  for (const line of (read('/proc/self/cgroup') ?? '').split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers !== undefined && path !== undefined) own.set(controllers, path);
  }
  const found: Hierarchy[] = [];
  for (const line of (read('/proc/self/mounts') ?? '').split('\n')) {
    const [, mount, type, options] = line.split(' ');
    if (!mount || !options) continue;
    if (type === 'cgroup') {
      const controllers = options.split(',').filter((option) => ['cpu', 'cpuacct', 'memory', 'pids'].includes(option));
      const key = [...own.keys()].find((names) =>
        controllers.some((controller) => names.split(',').includes(controller)),
      );
      if (controllers.length === 0 || key === undefined) continue;
      const parent = join(mount, own.get(key) ?? '/');
      found.push({ version: 1, controllers, folder: join(existsSync(parent) ? parent : mount, name) });
    } else if (type === 'cgroup2') {
      const folder = delegatedFolder(mount, own.get('') ?? '/', name);
      if (folder) found.push({ version: 2, controllers: ['cpu', 'memory', 'pids'], folder });
    }
  }
  return found;
}

/** The nearest group above ours that hands memory and pids down to its children and lets us make one. */
function delegatedFolder(mount: string, ownPath: string, name: string): string | null {
  const parts = ownPath.split('/').filter(Boolean);
  for (let depth = parts.length; depth >= 0; depth--) {
    const parent = join(mount, ...parts.slice(0, depth));
    write(join(parent, 'cgroup.subtree_control'), '+memory +pids +cpu');
    const handed = (read(join(parent, 'cgroup.subtree_control')) ?? '').split(/\s+/);
    if (!handed.includes('memory') || !handed.includes('pids')) continue;
    const folder = join(parent, name);
    try {
      mkdirSync(folder, { recursive: true });
    } catch {
      continue;
    }
    if (write(join(folder, 'cgroup.subtree_control'), '+memory +pids')) {
      write(join(folder, 'cgroup.subtree_control'), '+cpu'); // not delegated everywhere; the rest holds without it
      return folder;
    }
  }
  return null;
}

/** One run's control group: its limits, its counts and its end, kept by the kernel. */
export class Cgroup {
  constructor(private readonly groups: readonly Hierarchy[]) {}

  /** Files that a process writes `0` to in order to enter. */
  get entrances(): string[] {
    return this.groups.map((group) => join(group.folder, 'cgroup.procs'));
  }

  #path(controller: string, version: 1 | 2, file: string): string | null {
    const group = this.groups.find((each) => each.version === version && each.controllers.includes(controller));
    return group ? join(group.folder, file) : null;
  }

  #read(controller: string, version: 1 | 2, file: string): string | null {
    const path = this.#path(controller, version, file);
    return path ? read(path) : null;
  }

  /** Sets the limits; false where memory or processes cannot be held. */
  limit(limits: ResourceLimits, extraProcesses: number): boolean {
    const memory = String(limits.memoryBytes);
    const set = (controller: string, version: 1 | 2, file: string, value: string): boolean => {
      const path = this.#path(controller, version, file);
      return path !== null && write(path, value);
    };
    const holdsMemory = set('memory', 2, 'memory.max', memory) || set('memory', 1, 'memory.limit_in_bytes', memory);
    if (!set('memory', 2, 'memory.swap.max', '0')) set('memory', 1, 'memory.memsw.limit_in_bytes', memory);
    const pids = String(limits.processes + extraProcesses);
    const holdsPids = set('pids', 2, 'pids.max', pids) || set('pids', 1, 'pids.max', pids);
    const quotaUs = Math.max(1000, Math.round(limits.cpus * 100_000));
    if (!set('cpu', 2, 'cpu.max', `${quotaUs} 100000`)) {
      set('cpu', 1, 'cpu.cfs_period_us', '100000');
      set('cpu', 1, 'cpu.cfs_quota_us', String(quotaUs));
    }
    return holdsMemory && holdsPids;
  }

  /** What has been used so far. */
  sample(): Omit<SandboxSample, 'wallMs'> {
    const v2Cpu = keyed(this.#read('cpu', 2, 'cpu.stat'), 'usage_usec');
    const v1Cpu = this.#read('cpuacct', 1, 'cpuacct.usage');
    const peak = this.#read('memory', 2, 'memory.peak') ?? this.#read('memory', 1, 'memory.max_usage_in_bytes');
    const events = this.#read('pids', 2, 'pids.events') ?? this.#read('pids', 1, 'pids.events');
    const pidsPeak = this.#read('pids', 2, 'pids.peak') ?? this.#read('pids', 1, 'pids.peak');
    return {
      cpuMs: v2Cpu !== null ? v2Cpu / 1e3 : Number(v1Cpu ?? 0) / 1e6,
      peakMemoryBytes: Number(peak ?? 0),
      processesPeak: pidsPeak === null ? null : Number(pidsPeak),
      refusedProcesses: keyed(events, 'max') ?? 0,
    };
  }

  /** How many processes the kernel ended for want of memory. */
  oomKills(): number {
    const events = this.#read('memory', 2, 'memory.events') ?? this.#read('memory', 1, 'memory.oom_control');
    return keyed(events, 'oom_kill') ?? 0;
  }

  processIds(): number[] {
    const ids = new Set<number>();
    for (const entrance of this.entrances) {
      for (const id of (read(entrance) ?? '').split('\n')) if (id) ids.add(Number(id));
    }
    return [...ids];
  }

  /** Ends whatever is still inside and removes the group. */
  async remove(): Promise<void> {
    for (let turn = 0; turn < 400; turn++) {
      for (const id of this.processIds()) {
        try {
          process.kill(id, 'SIGKILL');
        } catch {
          // it ended between the reading and the signal
        }
      }
      let left = 0;
      for (const group of this.groups) {
        try {
          rmdirSync(group.folder);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT') left++;
        }
      }
      if (left === 0) return;
      await new Promise((resolve) => setTimeout(resolve, Math.min(5 + turn, 50)));
    }
    throw new Error(`A control group could not be removed: ${this.groups.map((group) => group.folder).join(', ')}`);
  }
}

/** The control group of a process that somebody else made, to read; null where this host does not show it. */
export function cgroupOfProcess(pid: number): Cgroup | null {
  const groups = read(`/proc/${pid}/cgroup`) === null ? [] : hierarchiesOf(pid);
  return groups.some((group) => group.controllers.includes('memory')) ? new Cgroup(groups) : null;
}

function hierarchiesOf(pid: number): Hierarchy[] {
  const paths = (read(`/proc/${pid}/cgroup`) ?? '').split('\n').map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  const found: Hierarchy[] = [];
  for (const line of (read('/proc/self/mounts') ?? '').split('\n')) {
    const [, mount, type, options] = line.split(' ');
    if (!mount || !options) continue;
    for (const [, names, path] of paths.flatMap((match) => (match ? [match] : []))) {
      const controllers = (names ?? '').split(',');
      const version = type === 'cgroup2' && names === '' ? 2 : type === 'cgroup' && names !== '' ? 1 : null;
      if (version === null || (version === 1 && !controllers.every((name) => options.split(',').includes(name))))
        continue;
      const folder = join(mount, path ?? '/');
      if (path === '/' || !existsSync(folder)) continue; // not in a group of its own: its counts are not the run's
      found.push({ version, controllers: version === 2 ? ['cpu', 'memory', 'pids'] : controllers, folder });
    }
  }
  return found;
}

/** Control groups for runs, where this host lets us make them; made when first used, removed on close. */
export class CgroupRoot {
  #found: Hierarchy[] | null = null;

  /** @param name a folder name of our own, the same for every start over the same data */
  constructor(private readonly name: string) {}

  /** Whether memory and processes of a run can be held and counted. */
  get usable(): boolean {
    return this.#hierarchies.length > 0;
  }

  get #hierarchies(): Hierarchy[] {
    this.#found ??= process.platform === 'linux' ? this.#find() : [];
    return this.#found;
  }

  #find(): Hierarchy[] {
    const hierarchies = findHierarchies(this.name);
    const has = (controller: string) => hierarchies.some((each) => each.controllers.includes(controller));
    return has('memory') && has('pids') && hierarchies.every((each) => makeFolder(each.folder)) ? hierarchies : [];
  }

  /** A group for one run, or null where this host has none to give. */
  create(name: string): Cgroup | null {
    if (!this.usable) return null;
    const groups = this.#hierarchies.map((each) => ({ ...each, folder: join(each.folder, name) }));
    for (const group of groups) mkdirSync(group.folder, { recursive: true });
    return new Cgroup(groups);
  }

  /** Ends and removes the groups that an earlier process left. */
  async sweep(): Promise<void> {
    const names = new Set<string>();
    for (const { folder } of this.#hierarchies) {
      for (const entry of readdirSync(folder, { withFileTypes: true })) if (entry.isDirectory()) names.add(entry.name);
    }
    await Promise.all([...names].map((name) => this.create(name)?.remove()));
  }

  /** Removes the folder of our own, once nothing runs in it. */
  close(): void {
    for (const { folder } of this.#found ?? []) {
      try {
        rmdirSync(folder);
      } catch {
        // another rung over the same name still uses it, and removes it when it closes
      }
    }
    this.#found = null;
  }
}

function makeFolder(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    return true;
  } catch {
    return false;
  }
}

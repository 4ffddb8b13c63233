import { randomUUID } from 'node:crypto';
import type { ResourceLimits, RuntimeId } from '../domain/execution.js';
import type { Program } from '../domain/program.js';
import type { Probe, Sandbox } from '../service/ports.js';

const MiB = 1024 * 1024;
const LIMITS: ResourceLimits = {
  wallMs: 10_000,
  cpuMs: 10_000,
  memoryBytes: 256 * MiB,
  processes: 32,
  diskBytes: 4 * MiB,
  outputBytes: 64 * 1024,
  cpus: 1,
};

/** A program in each language that prints the version of what runs it. */
const VERSION_PROGRAMS: Partial<Record<RuntimeId, { entrypoint: string; code: string }>> = {
  PYTHON: { entrypoint: 'main.py', code: 'import platform; print(platform.python_version())' },
  NODEJS: { entrypoint: 'main.js', code: 'console.log(process.versions.node ?? process.versions.quickjs)' },
  BASH: { entrypoint: 'main.sh', code: 'echo "$BASH_VERSION"' },
};

/** Asks a rung by really running a program that prints its interpreter's version. */
export async function probeByRunning(sandbox: Sandbox, runtime: RuntimeId): Promise<Probe> {
  const source = VERSION_PROGRAMS[runtime];
  if (!source) return { available: false, because: `${sandbox.name} does not hold ${runtime} yet` };
  const program: Program = {
    runtime,
    files: [{ path: source.entrypoint, content: Buffer.from(source.code), executable: false }],
    entrypoint: source.entrypoint,
    args: [],
    env: [],
    stdin: '',
  };
  try {
    const run = await sandbox.start({
      executionId: `probe-${randomUUID()}`,
      tenantId: 'probe',
      program,
      limits: LIMITS,
    });
    const timer = setTimeout(() => run.kill(), LIMITS.wallMs);
    let stdout = '';
    let stderr = '';
    for await (const { stream, bytes } of run.output) {
      if (stream === 'STDOUT') stdout += bytes.toString();
      else stderr += bytes.toString();
    }
    const ending = await run.ended;
    clearTimeout(timer);
    await run.gone;
    if (ending.exitCode === 0 && stdout.trim() !== '')
      return { available: true, version: (/^\d+(\.\d+)*/.exec(stdout.trim()) ?? [stdout.trim()])[0] };
    const why = stderr.trim() || ending.lost || `exit code ${ending.exitCode}, signal ${ending.signal}`;
    return { available: false, because: `${sandbox.name} runs nothing here: ${why.slice(0, 300)}` };
  } catch (error) {
    return {
      available: false,
      because: `${sandbox.name} cannot start here: ${(error as Error).message.slice(0, 300)}`,
    };
  }
}

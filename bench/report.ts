import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';

/** What a bench found: a table whose rows have the same columns, and whether what it promises to hold does. */
export interface BenchResult {
  readonly name: string;
  /** Sentences that a reader of the numbers needs. */
  readonly notes: readonly string[];
  readonly rows: readonly Readonly<Record<string, string | number>>[];
}

/** The machine that numbers were taken on. */
export function describeMachine() {
  const processors = cpus();
  return {
    date: new Date().toISOString(),
    commit: commit(),
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
  };
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

export async function report(result: BenchResult): Promise<void> {
  const machine = describeMachine();
  console.log(`\n${result.name} on ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}\n`);
  console.log(table(result.rows));
  for (const note of result.notes) console.log(`- ${note}`);
  const folder = new URL('results/', import.meta.url);
  await mkdir(folder, { recursive: true });
  const { name, ...found } = result;
  await writeFile(new URL(`${name}.json`, folder), `${JSON.stringify({ name, machine, ...found }, null, 2)}\n`);
}

function table(rows: BenchResult['rows']): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = [columns, ...rows.map((row) => columns.map((column) => String(row[column] ?? '')))];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]!.length)));
  return lines
    .map((line) =>
      line.map((cell, index) => (index < 2 ? cell.padEnd(widths[index]!) : cell.padStart(widths[index]!))).join('  '),
    )
    .join('\n');
}

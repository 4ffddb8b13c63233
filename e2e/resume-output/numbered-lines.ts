import type { AgentOS, ExecutionHandle, RunInput } from '@agentos/sdk';

export const lineCount = 100_000;

/** What the program prints, whole. */
export const expectedOutput = Array.from({ length: lineCount }, (_, line) => `${line}\n`).join('');

/** Prints the lines over a second or two, so that there is a middle to be cut in. */
const python = `
import sys, time
for line in range(${lineCount}):
    print(line)
    if line % 2000 == 1999:
        sys.stdout.flush()
        time.sleep(0.03)
`;

/** Where there is no Python, in whatever runs JavaScript: with no timers to sleep by. */
const javascript = `
for (let block = 0; block < ${lineCount}; block += 2000) {
  for (let line = block; line < block + 2000; line += 1) console.log(String(line));
  for (const end = Date.now() + 30; Date.now() < end; );
}
`;

export async function numberedLines(agentos: AgentOS): Promise<RunInput> {
  const runtimes = await agentos.executions.runtimes();
  const hasPython = runtimes.some(({ id, available }) => id === 'PYTHON' && available);
  return hasPython ? { runtime: 'PYTHON', code: python } : { runtime: 'NODEJS', code: javascript };
}

/** Reads all output, telling `onProgress` how many lines there are so far. */
export async function readAll(run: ExecutionHandle, onProgress: (lines: number) => void = () => {}): Promise<string> {
  let output = '';
  let lines = 0;
  for await (const { text, stream } of run) {
    if (stream !== 'STDOUT') continue;
    output += text;
    lines += text.split('\n').length - 1;
    onProgress(lines);
  }
  return output;
}

/** Compares without printing a hundred thousand lines when it fails: gives the first line that differs. */
export function firstDifference(output: string): string | undefined {
  if (output === expectedOutput) return undefined;
  const lines = output.split('\n');
  const expected = expectedOutput.split('\n');
  const at = lines.findIndex((line, index) => line !== expected[index]);
  return `${lines.length} lines instead of ${expected.length}; line ${at} is ${lines[at]} instead of ${expected[at]}`;
}

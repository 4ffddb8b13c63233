import { type BenchResult, report } from './report.js';

/** `npm run bench -- <name>`: each file `<name>.bench.ts` exports `run()`. */
const benches: Readonly<Record<string, () => Promise<{ run(): Promise<BenchResult> }>>> = {
  gateway: () => import('./gateway.bench.js'),
  start: () => import('./start.bench.js'),
  memory: () => import('./memory.bench.js'),
};

const names = process.argv.slice(2);
if (names.length === 0 || names.some((name) => !Object.hasOwn(benches, name))) {
  console.error(`Say which bench: npm run bench -- ${Object.keys(benches).join(' | ')}`);
  process.exit(1);
}
for (const name of names) {
  const { run } = await benches[name]!();
  await report(await run());
}

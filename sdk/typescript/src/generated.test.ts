import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const codegen = `${root}node_modules/@graphql-codegen/cli/cjs/bin.js`;

it('the generated types are those of the schema and the operations of today: else run `npm run schema`', async () => {
  await promisify(execFile)(process.execPath, [codegen, '--check'], { cwd: root });
});

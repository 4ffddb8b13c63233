import { chmod, link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The secret kept in the data folder under this name, if any. */
export async function readKeptSecret(dataDir: string, name: string): Promise<string | undefined> {
  try {
    const text = (await readFile(join(dataDir, name), 'utf8')).trim();
    return text === '' ? undefined : text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * The secret kept in the data folder under this name, made at first use and readable by its owner alone (mode 0600).
 * It is there whole or not at all, and where two processes make it at the same time both get the same one.
 */
export async function keptSecret(dataDir: string, name: string, make: () => string): Promise<string> {
  const path = join(dataDir, name);
  const found = await readKeptSecret(dataDir, name);
  if (found !== undefined) {
    if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o600);
    return found;
  }
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  // Nothing of ours leaves an empty file, but a disk that was full may.
  await rm(path, { force: true });
  const secret = make();
  const partial = `${path}.${process.pid}.partial`;
  await rm(partial, { force: true });
  try {
    const file = await open(partial, 'wx', 0o600);
    try {
      await file.writeFile(`${secret}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    // A link, unlike a rename, leaves what another process has put there meanwhile.
    await link(partial, path);
    return secret;
  } catch (error) {
    const other = (error as NodeJS.ErrnoException).code === 'EEXIST' ? await readKeptSecret(dataDir, name) : undefined;
    if (other === undefined) throw error;
    return other;
  } finally {
    await rm(partial, { force: true });
  }
}

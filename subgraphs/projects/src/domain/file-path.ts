import { badInput, requireText } from '@agentos/kernel';
import { limits } from './limits.js';

/**
 * The path itself, where it names a file below the project's root on every operating system alike: segments parted by
 * `/`, no `.` or `..`, no drive letter.
 * @throws AgentOSError BAD_USER_INPUT naming `field`
 */
export function requireFilePath(path: string, field: string): string {
  requireText(path, field, { min: 1, max: limits.pathLength });
  const shown = JSON.stringify(path.slice(0, 200));
  if (path.startsWith('/') || /^[a-zA-Z]:/.test(path) || path.includes('\\')) {
    throw badInput(`The path ${shown} must be relative to the project's root, with / between its parts.`, field);
  }
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.' || segment === '..') {
      throw badInput(`The path ${shown} has an empty part, '.' or '..'.`, field);
    }
    if (segment.length > limits.segmentLength)
      throw badInput(`The path ${shown} has a part longer than ${limits.segmentLength} characters.`, field);
  }
  return path;
}

/** Folders that hold what a tool made or fetched, never the project's own work: they are left out wherever files come from a folder. */
const foreignFolders = new Set([
  '.git',
  '.hg',
  '.svn',
  'node_modules',
  '__pycache__',
  '.venv',
  '.tox',
  '.gradle',
  '.terraform',
]);

export const isForeignFolder = (name: string): boolean => foreignFolders.has(name);

export const isInForeignFolder = (path: string): boolean => path.split('/').slice(0, -1).some(isForeignFolder);

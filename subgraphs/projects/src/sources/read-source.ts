import { delimiter } from 'node:path';
import { requireText, UnreachableCaseError } from '@agentos/kernel';
import type { Environment } from '@agentos/platform';
import { FileCollection } from '../domain/file-collection.js';
import { limits } from '../domain/limits.js';
import { readArchive } from './archive.js';
import { readDirectory } from './directory.js';
import type { SourceReader, TakenSource } from './source.js';

/** Makes the one function that reads every kind of source, within what the configuration allows. */
export function createSourceReader(
  config: Pick<Environment, 'AGENTOS_PROJECT_ROOTS' | 'AGENTOS_ALLOW_PRIVATE_GIT_HOSTS'>,
): SourceReader {
  const roots = config.AGENTOS_PROJECT_ROOTS.split(delimiter).filter((root) => root !== '');
  return async (request, signal): Promise<TakenSource> => {
    switch (request.kind) {
      case 'INLINE': {
        const collection = new FileCollection('input.files');
        for (const { path, text } of request.files) {
          collection.add(path, Buffer.from(requireText(text, 'input.files', { max: limits.totalBytes })));
        }
        return { kind: 'INLINE', location: 'inline', revision: null, files: collection.files };
      }
      case 'DIRECTORY':
        return readDirectory(request.directory, roots, signal);
      case 'ARCHIVE':
        return readArchive(request.archive, signal);
      case 'GIT': {
        // Imported when asked for: it is large, and most starts of the server never clone.
        const { readGit } = await import('./git/git.js');
        return readGit(request, { allowPrivateHosts: config.AGENTOS_ALLOW_PRIVATE_GIT_HOSTS }, signal);
      }
      default:
        throw new UnreachableCaseError(request);
    }
  };
}

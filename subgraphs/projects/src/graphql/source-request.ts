import { badInput } from '@agentos/kernel';
import type { SourceRequest } from '../sources/source.js';
import type { RegisterProjectInput } from './project.input.js';

/**
 * The one source that a registration names.
 * @throws AgentOSError BAD_USER_INPUT where it names none or several
 */
export function sourceRequestOf(input: RegisterProjectInput): SourceRequest {
  const requests: SourceRequest[] = [];
  if (input.gitUrl != null) requests.push({ kind: 'GIT', url: input.gitUrl, revision: input.revision ?? undefined });
  if (input.directory != null) requests.push({ kind: 'DIRECTORY', directory: input.directory });
  if (input.archive != null) requests.push({ kind: 'ARCHIVE', archive: input.archive });
  if (input.files != null) requests.push({ kind: 'INLINE', files: input.files });
  const [request, ...others] = requests;
  if (request === undefined || others.length > 0) {
    throw badInput('Give exactly one of gitUrl, directory, archive and files.', 'input');
  }
  if (input.revision != null && request.kind !== 'GIT')
    throw badInput('revision goes with gitUrl only.', 'input.revision');
  return request;
}

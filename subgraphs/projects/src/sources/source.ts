import type { CollectedFile } from '../domain/file-collection.js';
import type { ProjectSource } from '../domain/project.js';

/** Where a project's files are to come from. */
export type SourceRequest =
  | { readonly kind: 'INLINE'; readonly files: readonly { readonly path: string; readonly text: string }[] }
  | { readonly kind: 'DIRECTORY'; readonly directory: string }
  | { readonly kind: 'ARCHIVE' /** base64 */; readonly archive: string }
  | {
      readonly kind: 'GIT';
      readonly url: string /** A branch, a tag or a commit. @default the default branch */;
      readonly revision?: string | undefined;
    };

/** What a source gave. */
export interface TakenSource extends ProjectSource {
  readonly files: readonly CollectedFile[];
}

export type SourceReader = (request: SourceRequest, signal: AbortSignal) => Promise<TakenSource>;

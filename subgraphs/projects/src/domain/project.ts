import type { LanguageShare } from './languages.js';

export type SourceKind = 'GIT' | 'DIRECTORY' | 'ARCHIVE' | 'INLINE';

/** Where a project's files were first taken from. */
export interface ProjectSource {
  kind: SourceKind;
  /** The Git URL, the real path of the folder, `sha256:…` of the archive, or `inline`. */
  location: string;
  /** The commit, where the source has commits. */
  revision: string | null;
}

/** A code base as it was last registered or updated. */
export interface Project {
  id: string;
  tenantId: string;
  name: string;
  description: string | null;
  source: ProjectSource;
  languages: LanguageShare[];
  createdAt: Date;
  updatedAt: Date;
}

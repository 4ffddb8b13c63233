import type { EntityManager } from 'typeorm';
import type { LanguageShare } from '../domain/languages.js';
import { languageShares } from '../domain/languages.js';

/** A file of a project: what is known of it and where in which pack its contents are. */
export interface FileRow {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly lines: number;
  readonly language: string | null;
  readonly packId: string | null;
  readonly packOffset: number | null;
}

const rowsPerStatement = 5_000;

/** Queries over the files of projects; the transaction it is given names the tenant. */
export const fileStore = {
  /** Adds the files, in place of those of the same path. */
  async put(
    manager: EntityManager,
    of: { tenantId: string; projectId: string },
    files: readonly FileRow[],
  ): Promise<void> {
    for (let from = 0; from < files.length; from += rowsPerStatement) {
      await manager.query(
        `insert into project_file (project_id, tenant_id, path, sha256, bytes, lines, language, pack_id, pack_offset)
         select $1, $2, f.path, f.sha256, f.bytes, f.lines, f.language, f."packId", f."packOffset"
           from jsonb_to_recordset($3::jsonb) as f(path text, sha256 text, bytes bigint, lines integer, language text, "packId" text, "packOffset" bigint)
         on conflict (project_id, path) do update set sha256 = excluded.sha256, bytes = excluded.bytes, lines = excluded.lines,
           language = excluded.language, pack_id = excluded.pack_id, pack_offset = excluded.pack_offset`,
        [of.projectId, of.tenantId, JSON.stringify(files.slice(from, from + rowsPerStatement))],
      );
    }
  },

  /** Paths that are not there are none to remove. */
  async remove(manager: EntityManager, projectId: string, paths: readonly string[]): Promise<void> {
    if (paths.length === 0) return;
    await manager.query('delete from project_file where project_id = $1 and path = any($2)', [projectId, [...paths]]);
  },

  async totals(
    manager: EntityManager,
    projectId: string,
  ): Promise<{ files: number; bytes: number; languages: LanguageShare[] }> {
    const rows: { language: string | null; files: string; lines: string; bytes: string }[] = await manager.query(
      'select language, count(*) as files, sum(lines) as lines, sum(bytes) as bytes from project_file where project_id = $1 group by language',
      [projectId],
    );
    const known = rows.flatMap(({ language, files, lines }) =>
      language === null ? [] : [{ language, files: Number(files), lines: Number(lines) }],
    );
    return {
      files: rows.reduce((sum, row) => sum + Number(row.files), 0),
      bytes: rows.reduce((sum, row) => sum + Number(row.bytes), 0),
      languages: languageShares(known),
    };
  },
};

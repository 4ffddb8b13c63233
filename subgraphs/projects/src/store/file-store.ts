import { decodeCursor, type Page, pageOf } from '@agentos/kernel';
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

export interface FilePageRequest {
  readonly projectId: string;
  /** Only what is below this folder. */
  readonly folder?: string | undefined;
  readonly first: number;
  readonly after?: string | undefined;
}

const rowsPerStatement = 5_000;
const columns = 'path, sha256, bytes, lines, language, pack_id as "packId", pack_offset as "packOffset"';

/** bigint comes as text, since it may be more than a number holds; a file's size is not. */
const toFile = (row: FileRow): FileRow => ({
  ...row,
  bytes: Number(row.bytes),
  packOffset: row.packOffset === null ? null : Number(row.packOffset),
});

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

  async find(manager: EntityManager, projectId: string, path: string): Promise<FileRow | null> {
    const rows: FileRow[] = await manager.query(
      `select ${columns} from project_file where project_id = $1 and path = $2`,
      [projectId, path],
    );
    return rows[0] === undefined ? null : toFile(rows[0]);
  },

  /** By path. */
  async page(manager: EntityManager, request: FilePageRequest): Promise<Page<FileRow>> {
    const { projectId, folder, first, after } = request;
    // Everything that begins with `folder/` sorts between it and `folder0`, since 0 comes after the slash.
    const bounds = folder === undefined ? [projectId] : [projectId, `${folder}/`, `${folder}0`];
    const within = `project_id = $1${folder === undefined ? '' : ' and path >= $2 and path < $3'}`;
    const [counted] = (await manager.query(`select count(*) as count from project_file where ${within}`, bounds)) as [
      { count: string },
    ];
    const from = after === undefined ? '' : String(decodeCursor(after, 1)[0]);
    const rows: FileRow[] = await manager.query(
      `select ${columns} from project_file where ${within} and path > $${bounds.length + 1} order by path limit $${bounds.length + 2}`,
      [...bounds, from, first + 1],
    );
    return pageOf(rows.map(toFile), {
      first,
      after,
      totalCount: Number(counted.count),
      cursorOf: ({ path }) => [path],
    });
  },
};

import {
  badInput,
  type Clock,
  newId,
  notFound,
  type Page,
  pageSize,
  quotaExceeded,
  type RequestContext,
  requireId,
  requireText,
} from '@agentos/kernel';
import type { Database, Outbox } from '@agentos/platform';
import { FileCollection } from '../domain/file-collection.js';
import { requireFilePath } from '../domain/file-path.js';
import { limits } from '../domain/limits.js';
import type { Project } from '../domain/project.js';
import type { SourceReader, SourceRequest, TakenSource } from '../sources/source.js';
import { fileStore } from '../store/file-store.js';
import { packStore } from '../store/pack-store.js';
import { projectStore } from '../store/project-store.js';
import type { Pack, PackService } from './pack-service.js';
import type { Turnstile } from './turnstile.js';

export interface Registration {
  readonly name: string;
  readonly description?: string | undefined;
  readonly source: SourceRequest;
}

export interface FileUpdate {
  readonly projectId: string;
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly removed: readonly string[];
}

/** The files of a registration, read and stored, before any row of a project is written. */
interface PreparedProject {
  readonly taken: Omit<TakenSource, 'files'>;
  readonly pack: Pack;
}

export class ProjectService {
  constructor(
    private readonly db: Database,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
    private readonly packs: PackService,
    private readonly readSource: SourceReader,
    private readonly turnstile: Turnstile,
  ) {}

  /**
   * Registers a project, in phases: reading the source (clone, unpack) and storing its files takes long and needs no
   * transaction; the rows are written in one.
   * @throws AgentOSError BAD_USER_INPUT, QUOTA_EXCEEDED, or UNAVAILABLE or TIMEOUT where a Git server does not serve
   */
  registration(ctx: RequestContext, input: Registration) {
    return this.#withPack(ctx, {
      prepare: () => this.#prepareRegistration(ctx, input),
      commit: (prepared) => this.#register(ctx, input, prepared),
    });
  }

  /**
   * Adds, replaces and removes files, in phases as a registration.
   * @throws AgentOSError BAD_USER_INPUT; NOT_FOUND; QUOTA_EXCEEDED where the project gets too large
   */
  update(ctx: RequestContext, input: FileUpdate) {
    return this.#withPack(ctx, {
      prepare: async () => ({ pack: await this.#prepareUpdate(ctx, input) }),
      commit: ({ pack }) => this.#updateFiles(ctx, input, pack),
    });
  }

  /** A repetition of a request stores its files again, before it is known to be one; they are given up at once. */
  #withPack<Prepared extends { readonly pack: Pack }>(
    ctx: RequestContext,
    phases: { prepare: () => Promise<Prepared>; commit: (prepared: Prepared) => Promise<Project> },
  ) {
    let stored: Pack | undefined;
    let isTaken = false;
    return {
      prepare: async () => {
        const prepared = await phases.prepare();
        stored = prepared.pack;
        return prepared;
      },
      commit: (prepared: Prepared) => {
        isTaken = true;
        return phases.commit(prepared);
      },
      answer: async (project: Project) => {
        if (stored !== undefined && !isTaken) await this.packs.abandon(ctx, stored);
        return project;
      },
    };
  }

  async #prepareRegistration(ctx: RequestContext, input: Registration): Promise<PreparedProject> {
    requireText(input.name, 'input.name', { min: 1, max: 200 });
    if (input.description !== undefined) requireText(input.description, 'input.description', { max: 10_000 });
    const read = async (): Promise<PreparedProject> => {
      const { files, ...taken } = await this.readSource(input.source, ctx.signal);
      return { taken, pack: await this.packs.write(ctx, files) };
    };
    // Inline files are in memory anyway, as large as a request may be; the others are as large as a project may be.
    return input.source.kind === 'INLINE' ? read() : this.turnstile.pass(ctx.signal, read);
  }

  #register(ctx: RequestContext, input: Registration, { taken, pack }: PreparedProject): Promise<Project> {
    const now = this.clock.now();
    return this.db.transaction(ctx, async (manager) => {
      const id = newId('proj');
      const project: Project = {
        id,
        tenantId: ctx.tenantId,
        name: input.name,
        description: input.description ?? null,
        source: taken,
        languages: [],
        createdAt: now,
        updatedAt: now,
      };
      await projectStore.insert(manager, project);
      if (pack.id !== null && !(await packStore.own(manager, pack.id, id)))
        throw new Error('The pack was swept before its project was written.');
      await fileStore.put(manager, { tenantId: ctx.tenantId, projectId: id }, pack.files);
      const { languages } = await fileStore.totals(manager, id);
      const registered = await projectStore.update(manager, id, { languages, updatedAt: now });
      await this.outbox.append(manager, ctx, [{ topic: 'projects', key: id, type: 'registered', payload: { id } }]);
      return registered;
    });
  }

  async #prepareUpdate(ctx: RequestContext, input: FileUpdate): Promise<Pack> {
    requireId(input.projectId, 'proj', 'projectId');
    if (input.removed.length > limits.files)
      throw badInput(`At most ${limits.files} files can be removed at once.`, 'removed');
    const collection = new FileCollection('files');
    for (const { path, text } of input.files)
      collection.add(path, Buffer.from(requireText(text, 'files', { max: limits.totalBytes })));
    const added = new Set(collection.files.map(({ path }) => path));
    for (const path of input.removed) {
      requireFilePath(path, 'removed');
      if (added.has(path)) throw badInput(`The path ${JSON.stringify(path)} is both given and removed.`, 'removed');
    }
    // Nothing is stored for a project that is not there.
    const [project] = await this.findByIds(ctx, [input.projectId]);
    if (project === undefined) throw notFound('project', input.projectId);
    return this.packs.write(ctx, collection.files);
  }

  #updateFiles(ctx: RequestContext, input: FileUpdate, pack: Pack): Promise<Project> {
    const { projectId } = input;
    return this.db.transaction(ctx, async (manager) => {
      if (!(await projectStore.lock(manager, projectId))) throw notFound('project', projectId);
      if (pack.id !== null && !(await packStore.own(manager, pack.id, projectId)))
        throw new Error('The pack was swept before its files were written.');
      await fileStore.remove(manager, projectId, input.removed);
      await fileStore.put(manager, { tenantId: ctx.tenantId, projectId }, pack.files);
      const totals = await fileStore.totals(manager, projectId);
      if (totals.files > limits.files) throw quotaExceeded(`A project has at most ${limits.files} files.`);
      if (totals.bytes > limits.totalBytes)
        throw quotaExceeded(`A project's files have at most ${limits.totalBytes} bytes together.`);
      await packStore.release(manager, projectId, 'unused');
      const project = await projectStore.update(manager, projectId, {
        languages: totals.languages,
        updatedAt: this.clock.now(),
      });
      await this.outbox.append(manager, ctx, [
        { topic: 'projects', key: projectId, type: 'updated', payload: { id: projectId } },
      ]);
      this.db.afterCommit(() => this.packs.sweepSoon());
      return project;
    });
  }

  /** True where it was there; its files go with it. */
  remove(ctx: RequestContext, id: string): Promise<boolean> {
    requireId(id, 'proj', 'id');
    return this.db.transaction(ctx, async (manager) => {
      if (!(await projectStore.lock(manager, id))) return false;
      await packStore.release(manager, id, 'all');
      await projectStore.remove(manager, id);
      await this.outbox.append(manager, ctx, [{ topic: 'projects', key: id, type: 'removed', payload: { id } }]);
      this.db.afterCommit(() => this.packs.sweepSoon());
      return true;
    });
  }

  findByIds(ctx: RequestContext, ids: readonly string[]): Promise<Project[]> {
    return this.db.read(ctx, (manager) => projectStore.findByIds(manager, ids));
  }

  page(ctx: RequestContext, request: { first: number; after?: string | undefined }): Promise<Page<Project>> {
    const first = pageSize(request.first);
    return this.db.read(ctx, (manager) => projectStore.page(manager, { ...request, first }));
  }
}

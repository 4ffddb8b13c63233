import {
  GetProjectDocument,
  ListProjectsDocument,
  type ProjectFragment,
  RegisterProjectDocument,
  type RegisterProjectInput,
  RemoveProjectDocument,
} from './generated/operations.js';
import { type Listing, listing, type PageOptions } from './listing.js';
import type { CallOptions, ChangeOptions } from './options.js';
import type { Transport } from './transport.js';

export type Project = ProjectFragment;

/** The code bases that agents work on. */
export class ProjectsClient {
  constructor(private readonly transport: Transport) {}

  /** Registers a code base from inline files, a folder of the server's, an archive or a Git URL. */
  async register(input: RegisterProjectInput, options?: ChangeOptions): Promise<Project> {
    return (await this.transport.request(RegisterProjectDocument, { input }, options)).registerProject;
  }

  /** @returns null where there is none with this id, or none that the caller may see */
  async get(id: string, options?: CallOptions): Promise<Project | null> {
    return (await this.transport.request(GetProjectDocument, { id }, options)).project;
  }

  /** `await` gives the first page; `for await` gives every project of every page. */
  list({ first, after, ...call }: PageOptions & CallOptions = {}): Listing<Project> {
    return listing({ first, after }, async (page) => {
      return (await this.transport.request(ListProjectsDocument, page, call)).projects;
    });
  }

  /** @returns whether there was one */
  async remove(id: string, options?: ChangeOptions): Promise<boolean> {
    return (await this.transport.request(RemoveProjectDocument, { id }, options)).removeProject;
  }
}

/** A named working set of memories that a session can switch to; contexts nest. */
export interface Context {
  id: string;
  tenantId: string;
  name: string;
  description: string | null;
  parentId: string | null;
  projectId: string | null;
  createdAt: Date;
  archivedAt: Date | null;
}

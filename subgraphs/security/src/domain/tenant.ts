/** Whose data it is: no tenant sees anything of another. */
export interface Tenant {
  /** The same as `tenantId`, by which row-level security knows the row. */
  id: string;
  tenantId: string;
  name: string;
  /** The one that the bootstrap key belongs to. */
  isFirst: boolean;
  createdAt: Date;
}

import type { PrincipalKind } from '@agentos/kernel';

/** Whoever acts: a user, an agent, a service. */
export interface Principal {
  id: string;
  tenantId: string;
  kind: PrincipalKind;
  name: string;
  createdAt: Date;
}

export interface Role {
  id: string;
  tenantId: string;
  /** Unique in the tenant. */
  name: string;
  permissions: string[];
  /** Every tenant has it, and nobody can change it. */
  builtIn: boolean;
  createdAt: Date;
}

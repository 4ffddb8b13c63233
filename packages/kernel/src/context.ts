export type PrincipalKind = 'USER' | 'AGENT' | 'SERVICE';

/** Who is asking. */
export interface Principal {
  readonly id: string;
  readonly kind: PrincipalKind;
  readonly name: string;
}

/** What a repeated mutation is recognised by. */
export interface IdempotencyKey {
  readonly key: string;
  /** Digest of the whole request: the same key with another body is a CONFLICT. */
  readonly fingerprint: string;
}

/** Travels with every request from the gateway down, always as the first argument; there is no global. */
export interface RequestContext {
  readonly tenantId: string;
  readonly principal: Principal;
  /** What this request may do: the principal's permissions narrowed by the credential's scopes. */
  readonly permissions: ReadonlySet<string>;
  readonly requestId: string;
  readonly traceId: string;
  /** Fires when the client has gone or the deadline has passed. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly deadline?: number | undefined;
  readonly sourceIp?: string | undefined;
  readonly idempotency?: IdempotencyKey | undefined;
}

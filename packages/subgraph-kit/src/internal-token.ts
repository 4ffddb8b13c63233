import { type Permission, type PrincipalKind, type RequestContext, unauthenticated } from '@agentos/kernel';
import { jwtVerify, SignJWT } from 'jose';

/** Long enough for clocks that disagree a little, too short to be worth stealing. */
const lifetimeSeconds = 60;
const issuer = 'agentos-gateway';
const audience = 'agentos-subgraph';

interface Claims {
  tenant: string;
  principal: { id: string; kind: PrincipalKind; name: string };
  permissions: Permission[];
  requestId: string;
  traceId: string;
  deadline?: number;
  sourceIp?: string;
  idempotency?: { key: string; fingerprint: string };
}

const keyOf = (secret: string) => new TextEncoder().encode(secret);

/** What the gateway sends with each request to a subgraph: who is asking, signed. */
export async function signInternalToken(ctx: RequestContext, secret: string): Promise<string> {
  const claims: Claims = {
    tenant: ctx.tenantId,
    principal: { id: ctx.principal.id, kind: ctx.principal.kind, name: ctx.principal.name },
    permissions: [...ctx.permissions] as Permission[],
    requestId: ctx.requestId,
    traceId: ctx.traceId,
    ...(ctx.deadline === undefined ? {} : { deadline: ctx.deadline }),
    ...(ctx.sourceIp === undefined ? {} : { sourceIp: ctx.sourceIp }),
    ...(ctx.idempotency === undefined ? {} : { idempotency: ctx.idempotency }),
  };
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'HS256', typ: 'internal+jwt' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(`${lifetimeSeconds}s`)
    .sign(keyOf(secret));
}

/** @throws AgentOSError UNAUTHENTICATED for whatever the gateway did not sign */
export async function readInternalToken(token: string, secret: string, signal: AbortSignal): Promise<RequestContext> {
  try {
    const { payload } = await jwtVerify<Claims>(token, keyOf(secret), {
      issuer,
      audience,
      algorithms: ['HS256'],
      typ: 'internal+jwt',
      requiredClaims: ['exp', 'iat'],
      clockTolerance: 60,
    });
    return {
      tenantId: payload.tenant,
      principal: payload.principal,
      permissions: new Set(payload.permissions),
      requestId: payload.requestId,
      traceId: payload.traceId,
      deadline: payload.deadline,
      sourceIp: payload.sourceIp,
      idempotency: payload.idempotency,
      signal,
    };
  } catch {
    throw unauthenticated('Only the gateway may ask a subgraph.');
  }
}

/** Asks for the subgraph's SDL at start, when there is no request yet. */
export const internalRequest = (requestId: string): RequestContext => ({
  tenantId: '',
  principal: { id: 'gateway', kind: 'SERVICE', name: 'gateway' },
  permissions: new Set(),
  requestId,
  traceId: '0'.repeat(32),
  signal: new AbortController().signal,
});

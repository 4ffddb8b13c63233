import { forbidden, type Permission, type RequestContext } from '@agentos/kernel';
import { onceOnly, type Platform } from '@agentos/platform';
import {
  defaultFieldResolver,
  type GraphQLFieldConfig,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  isObjectType,
} from 'graphql';
import { Change } from './change.js';
import type { SubgraphContext } from './context.js';
import { toGraphQLError } from './errors.js';
import type { GuardExtensions } from './guard.js';

type Dependencies = Pick<Platform, 'db' | 'audit' | 'logger'>;
type Resolver = GraphQLFieldResolver<unknown, SubgraphContext, Record<string, unknown>>;

/**
 * Puts the guard, the transaction of mutations with its audit line and idempotency record, and the error mapping
 * around the resolvers of a built schema. It is the only way to a resolver, so no field can forget any of them.
 */
export function protectSchema(schema: GraphQLSchema, deps: Dependencies): void {
  const roots = new Set([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]);
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    const typeGuard = type.extensions as GuardExtensions;
    for (const field of Object.values(type.getFields())) {
      const guard = { ...typeGuard, ...(field.extensions as GuardExtensions) };
      const isRoot = roots.has(type);
      // _service and _entities are the federation's own; the transport lets only the gateway ask for them.
      if (isRoot && field.name.startsWith('_')) continue;
      // A plain property of an object that was reached through a guarded field needs no second look.
      if (!isRoot && field.resolve === undefined) continue;
      const inner = (field.resolve ?? defaultFieldResolver) as Resolver;
      if (type === schema.getSubscriptionType()) {
        protectSubscription(field, guard.permission, deps);
      } else if (type === schema.getMutationType()) {
        field.resolve = guarded(field.name, guard.permission, deps, changing(inner, deps));
      } else {
        field.resolve = guarded(field.name, isRoot ? guard.permission : (guard.permission ?? 'none'), deps, inner);
      }
    }
  }
}

/** `none`: reached only through a guarded field. */
function guarded(
  name: string,
  permission: Permission | undefined | 'none',
  deps: Dependencies,
  inner: Resolver,
): Resolver {
  return async (source, args, context, info) => {
    try {
      if (permission !== 'none') await requirePermission(context.request, permission, name, deps);
      return await inner(source, args, context, info);
    } catch (error) {
      throw toGraphQLError(error, context.request, deps.logger);
    }
  };
}

/** @throws AgentOSError FORBIDDEN, which leaves a line in the audit log */
export async function requirePermission(
  request: RequestContext,
  permission: Permission | undefined,
  field: string,
  deps: Pick<Dependencies, 'audit'>,
): Promise<void> {
  if (permission !== undefined && request.permissions.has(permission)) return;
  await deps.audit.record(request, {
    type: 'authorization',
    action: field,
    outcome: 'DENIED',
    severity: 'MEDIUM',
    details: { permission: permission ?? null },
  });
  throw forbidden(
    permission === undefined
      ? `${field} is closed to everyone.`
      : `${field} needs the permission ${permission}, which this key or its principal does not have.`,
  );
}

/** Runs the phases of the change that a mutation's resolver returned. */
function changing(inner: Resolver, deps: Dependencies): Resolver {
  return async (source, args, context, info) => {
    const { request } = context;
    const returned = await inner(source, args, context, info);
    if (!(returned instanceof Change)) throw new TypeError(`The mutation ${info.fieldName} did not return change().`);
    const { prepare, commit, answer } = returned.phases;
    const prepared = await prepare?.();
    const stored = await deps.db.transaction(request, (manager) =>
      onceOnly(manager, request, String(info.path.key), async () => {
        const result = await commit(prepared);
        await deps.audit.append(manager, request, {
          type: 'change',
          action: info.fieldName,
          resource: resourceOf(result, args),
          outcome: 'SUCCEEDED',
        });
        return result;
      }),
    );
    return answer === undefined ? stored : answer(stored);
  };
}

/** The id of what was changed, for the audit line. */
function resourceOf(result: unknown, args: Record<string, unknown>): string | undefined {
  const id = (value: unknown) => {
    const candidate = (value as { id?: unknown } | null | undefined)?.id;
    return typeof candidate === 'string' ? candidate : undefined;
  };
  const named = Object.entries(args).find(([name, value]) => /(^id|Id)$/.test(name) && typeof value === 'string');
  return id(result) ?? id(args['input']) ?? (named?.[1] as string | undefined);
}

type Subscriber = NonNullable<GraphQLFieldConfig<unknown, SubgraphContext>['subscribe']>;

function protectSubscription(
  field: { name: string; subscribe?: unknown; resolve?: unknown },
  permission: Permission | undefined,
  deps: Dependencies,
): void {
  const inner = field.subscribe as Subscriber;
  field.subscribe = (async (source, args, context, info) => {
    try {
      await requirePermission(context.request, permission, field.name, deps);
      return mapErrors(
        (await inner(source, args, context, info)) as AsyncIterable<unknown>,
        context.request,
        deps.logger,
      );
    } catch (error) {
      throw toGraphQLError(error, context.request, deps.logger);
    }
  }) satisfies Subscriber;
}

async function* mapErrors(
  events: AsyncIterable<unknown>,
  request: RequestContext,
  logger: Dependencies['logger'],
): AsyncGenerator<unknown> {
  try {
    yield* events;
  } catch (error) {
    throw toGraphQLError(error, request, logger);
  }
}

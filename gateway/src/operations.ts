import { createHash } from 'node:crypto';
import type { RequestContext } from '@agentos/kernel';
import { type Platform, traced } from '@agentos/platform';
import { type ExecutionResult, GraphQLError, getNamedType, visit } from 'graphql';
import type { Engine, OperationRequest } from './federation/engine.js';
import { isTooDeep } from './plugins/limits.js';

/**
 * Runs operations for every transport: what is the same whether a request came by HTTP, WebSocket or as events stands
 * here once.
 */
export class Operations {
  readonly #labels = new Set<string>();

  constructor(
    readonly engine: Engine<RequestContext>,
    private readonly platform: Pick<Platform, 'idempotency' | 'metrics' | 'logger'>,
  ) {}

  /** Runs a query or a mutation; a mutation with an idempotency key is answered from its record the second time. */
  async execute(request: OperationRequest, ctx: RequestContext): Promise<ExecutionResult> {
    if (isTooDeep(request.variables)) return { errors: [tooDeep(ctx)] };
    const startedAt = performance.now();
    const type = await this.#typeOf(request);
    const result = await traced('graphql', { 'graphql.operation.type': type }, () =>
      type === 'mutation' && ctx.idempotency !== undefined
        ? this.#once(request, ctx)
        : this.engine.execute(request, ctx, ctx.signal),
    );
    const shown =
      result.errors === undefined ? result : { ...result, errors: result.errors.map((error) => completed(error, ctx)) };
    const code = shown.errors?.[0]?.extensions['code'];
    const source = request.query ?? request.document?.loc?.source.body ?? '';
    this.platform.metrics.graphqlRequests.inc({
      op_hash: this.#label(source),
      type,
      code: typeof code === 'string' ? code : 'OK',
    });
    this.platform.metrics.graphqlDuration.observe({ type }, (performance.now() - startedAt) / 1000);
    return shown;
  }

  /** The operation as it will be run, for a transport that must know what it is first; or everything that is wrong with it. */
  async prepare(query: string, operationName: string | null | undefined, ctx: RequestContext) {
    const prepared = await this.engine.prepare(query, operationName ?? null);
    return prepared.ok
      ? prepared
      : { ok: false as const, errors: prepared.errors.map((error) => completed(error, ctx)) };
  }

  async subscribe(
    request: OperationRequest,
    ctx: RequestContext,
  ): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    if (isTooDeep(request.variables)) return { errors: [tooDeep(ctx)] };
    const stream = await this.engine.subscribe(request, ctx, ctx.signal);
    if (!(Symbol.asyncIterator in stream))
      return { ...stream, errors: stream.errors?.map((error) => completed(error, ctx)) ?? [] };
    return completeEach(stream, ctx);
  }

  async #showsSecret(request: OperationRequest): Promise<boolean> {
    const prepared = await this.engine.prepare(request.document ?? request.query ?? '', request.operationName ?? null);
    const mutation = this.engine.apiSchema.getMutationType()?.getFields() ?? {};
    if (!prepared.ok) return false;
    let shows = false;
    visit(prepared.operation.document, {
      Field: ({ name }) => {
        const type = mutation[name.value]?.type;
        if (type !== undefined && getNamedType(type).name === secretType) shows = true;
      },
    });
    return shows;
  }

  async #typeOf(request: OperationRequest): Promise<string> {
    const source = request.document ?? request.query;
    if (source === undefined) return 'unknown';
    const prepared = await this.engine.prepare(source, request.operationName ?? null);
    return prepared.ok ? prepared.operation.operation.operation : 'invalid';
  }

  /** A new label for each new operation would let a client grow the metrics without bound. */
  #label(source: string): string {
    const hash = operationHash(source);
    if (this.#labels.has(hash)) return hash;
    if (this.#labels.size >= maxLabels) return 'other';
    this.#labels.add(hash);
    return hash;
  }

  async #once(request: OperationRequest, ctx: RequestContext): Promise<ExecutionResult> {
    const before = await this.platform.idempotency.find(ctx);
    if (before !== undefined) return JSON.parse(before) as ExecutionResult;
    const result = await this.engine.execute(request, ctx, ctx.signal);
    // What failed may be tried again with the same key; what was done stays done by the record of its effect. That
    // record alone answers for what shows a secret, since there the secret is sealed.
    if (result.errors === undefined && !(await this.#showsSecret(request))) {
      await this.platform.idempotency.keep(ctx, JSON.stringify(result));
    }
    return result;
  }
}

/** Not a generator: its `return()` would wait for the event that `next()` waits for, which may never come. */
function completeEach(
  stream: AsyncGenerator<ExecutionResult, void>,
  ctx: RequestContext,
): AsyncIterableIterator<ExecutionResult> {
  const wrapped: AsyncIterableIterator<ExecutionResult> = {
    next: async () => {
      const step = await stream.next();
      if (step.done || step.value.errors === undefined) return step;
      return { done: false, value: { ...step.value, errors: step.value.errors.map((error) => completed(error, ctx)) } };
    },
    return: () => stream.return(),
    throw: (error) => stream.throw(error),
    [Symbol.asyncIterator]: () => wrapped,
  };
  return wrapped;
}

const tooDeep = (ctx: RequestContext) =>
  completed(
    new GraphQLError('The variables are nested too deeply.', {
      extensions: { code: 'BAD_USER_INPUT', field: 'variables' },
    }),
    ctx,
  );

const maxLabels = 500;

/** The type of the one kind of answer that holds a secret, shown once. */
const secretType = 'CreatedApiKey';

const operationHash = (source: string): string => createHash('sha256').update(source).digest('hex').slice(0, 8);

/** What the contract promises of every error, also of those that were made before any subgraph was asked. */
function completed(error: GraphQLError, ctx: RequestContext): GraphQLError {
  if (error.extensions['traceId'] !== undefined && error.extensions['code'] !== undefined) return error;
  return new GraphQLError(error.message, {
    nodes: error.nodes ?? null,
    source: error.source ?? null,
    positions: error.positions ?? null,
    path: error.path ?? null,
    extensions: { code: 'INTERNAL_SERVER_ERROR', retryable: false, ...error.extensions, traceId: ctx.traceId },
  });
}

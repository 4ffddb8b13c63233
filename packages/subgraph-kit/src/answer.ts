import { badInput } from '@agentos/kernel';
import type { Logger } from '@agentos/platform';
import {
  type DocumentNode,
  type ExecutionArgs,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  parse,
  validate,
} from 'graphql';
import { toGraphQLError } from './errors.js';

/** A GraphQL request as it comes from the gateway, whichever the transport. */
export interface SubgraphOperation {
  readonly query: string;
  readonly variables?: Record<string, unknown> | null | undefined;
  readonly operationName?: string | null | undefined;
}

type Checked = { readonly document: DocumentNode } | { readonly errors: readonly GraphQLError[] };

/** How many distinct operations are remembered; the gateway's plans bring the same ones again. */
const maxOperations = 5_000;

/** What of a GraphQL answer is the same over HTTP and WebSocket: checking what is asked, and showing what went wrong. */
export class SubgraphAnswers {
  readonly #checked = new Map<string, Checked>();

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly logger: Logger,
  ) {}

  /** The operation ready to be executed, or what is wrong with it. */
  prepare(
    { query, variables, operationName }: SubgraphOperation,
    contextValue: unknown,
  ): ExecutionArgs | { readonly errors: readonly GraphQLError[] } {
    const checked = this.#check(query);
    if ('errors' in checked) return checked;
    return {
      schema: this.schema,
      document: checked.document,
      variableValues: variables ?? undefined,
      operationName: operationName ?? undefined,
      contextValue,
    };
  }

  /** Errors as they leave the process: each has a code, and none shows the inside. */
  shown(errors: readonly GraphQLError[], traceId: string): GraphQLFormattedError[] {
    return errors.map((error) => {
      const { message, extensions } = toGraphQLError(
        isRefusal(error) ? withCode(error, 'BAD_USER_INPUT') : error,
        { traceId },
        this.logger,
      );
      return { message, ...(error.path === undefined ? {} : { path: error.path }), extensions };
    });
  }

  #check(query: string): Checked {
    let checked = this.#checked.get(query);
    if (checked === undefined) {
      checked = this.#parse(query);
      if (this.#checked.size >= maxOperations) this.#checked.delete(this.#checked.keys().next().value as string);
      this.#checked.set(query, checked);
    }
    return checked;
  }

  #parse(query: string): Checked {
    let document: DocumentNode;
    try {
      document = parse(query);
    } catch (error) {
      return { errors: [withCode(error as GraphQLError, 'GRAPHQL_PARSE_FAILED')] };
    }
    const errors = validate(this.schema, document);
    return errors.length > 0
      ? { errors: errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED')) }
      : { document };
  }
}

/**
 * The operation in a request's body.
 * @throws AgentOSError BAD_USER_INPUT where it is not one
 */
export function parseOperation(body: string): SubgraphOperation {
  let operation: unknown;
  try {
    operation = JSON.parse(body);
  } catch {
    throw badInput('The body is not JSON.');
  }
  const { query, variables, operationName } = (operation ?? {}) as Record<string, unknown>;
  if (typeof query !== 'string') throw badInput('query must be text.', 'query');
  if (variables != null && (typeof variables !== 'object' || Array.isArray(variables))) {
    throw badInput('variables must be an object.', 'variables');
  }
  if (operationName != null && typeof operationName !== 'string') {
    throw badInput('operationName must be text.', 'operationName');
  }
  return { query, variables: variables as Record<string, unknown> | null | undefined, operationName };
}

/** Before anything was executed graphql refuses variables that do not fit, without a code and without a path. */
const isRefusal = ({ path, extensions, originalError }: GraphQLError) =>
  path === undefined &&
  extensions['code'] === undefined &&
  (originalError === undefined || originalError instanceof GraphQLError);

const withCode = (error: GraphQLError, code: string) => new GraphQLError(error.message, { extensions: { code } });

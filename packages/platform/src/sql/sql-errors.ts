import { AgentOSError, badInput, conflict, unavailable } from '@agentos/kernel';

/** PostgreSQL's SQLSTATE, where the error (or what TypeORM wrapped) has one. */
export function sqlState(error: unknown): string | undefined {
  const { code, driverError } = error as { code?: unknown; driverError?: { code?: unknown } };
  const state = driverError?.code ?? code;
  return typeof state === 'string' ? state : undefined;
}

export const uniqueViolation = '23505';

const lostConnection = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH']);

/**
 * Says in the caller's terms what the database refused, where that is the caller's business; anything else is passed
 * on as it is, to be masked at the edge.
 */
export function translateSqlError(error: unknown): unknown {
  if (error instanceof AgentOSError) return error;
  const state = sqlState(error) ?? '';
  const message = error instanceof Error ? error.message : '';
  // 22021, 22P05: a character PostgreSQL cannot hold; 22P02, 22003, 22007, 22008: a value outside its type.
  if (['22021', '22P05'].includes(state)) return badInput('The input holds a character that cannot be stored (NUL).');
  if (['22P02', '22003', '22007', '22008'].includes(state)) return badInput('The input holds a value out of range.');
  if (state === '54000') return badInput('A value of the input is too large to be stored.');
  if (['40001', '40P01', '55P03'].includes(state)) {
    return new AgentOSError('CONFLICT', 'Another change came in between; send the request again.', {
      retryable: true,
      cause: error,
    });
  }
  if (state === '57014') return new AgentOSError('TIMEOUT', 'The database took too long to answer.', { cause: error });
  if (state === '53100' || state === '58030')
    return unavailable('The database has no room left to write.', { retryAfterMs: 5000, cause: error });
  const isConnection =
    lostConnection.has(state) ||
    /^(08|57P|53)/.test(state) ||
    /Connection terminated|timeout exceeded when trying to connect|embedded database has stopped/.test(message);
  if (isConnection) return unavailable('The database does not answer.', { retryAfterMs: 1000, cause: error });
  return error;
}

/** Turns a broken unique constraint into a CONFLICT with this message; other errors pass. */
export function conflictOnDuplicate(message: string): (error: unknown) => never {
  return (error) => {
    throw sqlState(error) === uniqueViolation ? conflict(message) : error;
  };
}

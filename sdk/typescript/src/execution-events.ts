import { AgentOSError, ConnectionLostError } from './errors.js';
import { type ExecutionStatus, GetExecutionDocument } from './generated/operations.js';
import type { Transport } from './transport.js';
import type { TypedDocument } from './typed-document.js';

const endedStatuses: ReadonlySet<ExecutionStatus> = new Set([
  'SUCCEEDED',
  'FAILED',
  'TIMED_OUT',
  'CANCELLED',
  'REJECTED',
]);

/** Whether an execution with this status is over for good. */
export const hasEnded = (status: ExecutionStatus): boolean => endedStatuses.has(status);

type Position = { executionId: string; after?: number | null | undefined };
type AnyEvent = { readonly __typename: string; readonly offset: number };

/**
 * The events of an execution after the one with offset `after` (-1 for all), to its end, each once and in order, across
 * cut connections. The server keeps all events, so it doesn't matter whether the program has ended meanwhile.
 * @throws AgentOSError; INTERNAL_SERVER_ERROR where the server no longer has an event
 */
export function executionEvents<TEvent extends AnyEvent>(
  transport: Transport,
  document: TypedDocument<{ executionEvents: TEvent }, Position>,
  { executionId, after, signal }: { executionId: string; after: number; signal: AbortSignal | undefined },
): AsyncGenerator<TEvent> {
  let last = after;
  let missing: number | undefined;
  return transport.resumed(
    async function* (ending) {
      const begun = last;
      let sawEnd = false;
      for await (const { executionEvents: event } of transport.stream(document, { executionId, after: last }, ending)) {
        if (event.offset <= last) continue;
        if (event.offset > last + 1) {
          if (missing === last + 1) throw lost(executionId, missing, event.offset - 1);
          missing = last + 1;
          throw new ConnectionLostError(`Event ${missing} did not come; asking again.`, true);
        }
        last = event.offset;
        sawEnd ||= isEnd(event);
        yield event;
      }
      if (sawEnd) return;
      // No more comes, and no end was seen. Either the server is going away and another attempt brings the rest, or the
      // end was before `after`.
      const { execution } = await transport.request(GetExecutionDocument, { id: executionId }, { signal: ending });
      if (execution === null || !hasEnded(execution.status) || last !== begun) {
        throw new ConnectionLostError('The server ended the stream before the program had ended.', true);
      }
    },
    { signal },
  );
}

function isEnd(event: AnyEvent & { readonly status?: ExecutionStatus }): boolean {
  return event.__typename === 'ExecutionStatusChanged' && event.status !== undefined && hasEnded(event.status);
}

function lost(executionId: string, from: number, to: number): AgentOSError {
  return new AgentOSError(
    'INTERNAL_SERVER_ERROR',
    `The server no longer has events ${from} to ${to} of execution ${executionId}; its beginning and end are in its stdout and stderr.`,
  );
}

import { registerEnumType } from 'type-graphql';
import { EXECUTION_STATUSES, FAILURE_CODES, ISOLATIONS, RUNTIME_IDS } from '../domain/execution.js';

/** A GraphQL enum of the domain's own words, so that neither can drift from the other. */
function enumOf<T extends string>(words: readonly T[], name: string, description?: string): Record<T, T> {
  const object = Object.fromEntries(words.map((word) => [word, word])) as Record<T, T>;
  registerEnumType(object, description === undefined ? { name } : { name, description });
  return object;
}

export const RuntimeIdEnum = enumOf(RUNTIME_IDS, 'RuntimeId');
export const ExecutionStatusEnum = enumOf(EXECUTION_STATUSES, 'ExecutionStatus');
export const FailureCodeEnum = enumOf(FAILURE_CODES, 'FailureCode');
export const IsolationEnum = enumOf(
  ISOLATIONS,
  'Isolation',
  'How strongly the program was kept apart, weakest last: gVisor or Kata container, container, Linux namespaces, WebAssembly.',
);
export const OutputStreamEnum = enumOf(['STDOUT', 'STDERR'] as const, 'OutputStream');
export const NetworkModeEnum = enumOf(['NONE', 'ALLOW_LIST'] as const, 'NetworkMode');
export const EnvironmentStatusEnum = enumOf(
  ['CREATING', 'READY', 'BUSY', 'PAUSED', 'DESTROYED', 'FAILED'] as const,
  'EnvironmentStatus',
);
export const FileKindEnum = enumOf(['FILE', 'DIRECTORY', 'LINK'] as const, 'FileKind');
export const VerdictEnum = enumOf(['VERIFIED', 'REFUTED', 'FLAKY', 'INCONCLUSIVE'] as const, 'Verdict');
export const CaseStatusEnum = enumOf(['PASSED', 'FAILED', 'ERRORED', 'TIMED_OUT', 'SKIPPED'] as const, 'CaseStatus');
export const OutputMatchEnum = enumOf(['EXACT', 'TRIMMED', 'REGEX', 'JSON'] as const, 'OutputMatch');

import { createHash } from 'node:crypto';
import type { Memory, MemoryType } from './memory.js';

/**
 * Two contents with the same key say the same: they differ in case, spaces, articles and the marks that end a sentence
 * only (code in spaces only). Nearness of vectors is no measure here, since "version 1.2" and "version 1.3", or a
 * statement and its denial, lie closest of all.
 */
export function contentKey(content: string, type: MemoryType): string {
  const plain = content.normalize('NFC').trim().replace(/\s+/g, ' ');
  const said =
    type === 'CODE'
      ? plain
      : plain
          .toLowerCase()
          .replace(/[.,;:!?…]+(?=\s|$)/g, '')
          .replace(/(?<=^|\s)(?:an?|the) (?=\S)/g, '');
  return createHash('sha256')
    .update(said === '' ? plain : said)
    .digest('hex')
    .slice(0, 32);
}

type Placed = Pick<Memory, 'type' | 'contextId' | 'projectId' | 'agentId' | 'sessionId' | 'actor' | 'occurredAt'>;

/** Memories of one scope key may be duplicates of each other: the same place, speaker, kind and time. */
export const scopeKey = (memory: Placed): string =>
  JSON.stringify([
    memory.type,
    memory.contextId,
    memory.projectId,
    memory.agentId,
    memory.sessionId,
    memory.actor,
    memory.occurredAt?.getTime() ?? null,
  ]);

import type { Memory, MemoryType } from './memory.js';

/** How long until a memory that nobody reads counts half, in days: what happened fades, what was decided stays. */
export const halfLifeDays: Readonly<Record<MemoryType, number>> = {
  EPISODE: 30,
  FACT: 180,
  REFERENCE: 180,
  CODE: 180,
  PROCEDURE: 365,
  PREFERENCE: 365,
  DECISION: 365,
};

const dayMs = 86_400_000; // 1 day
const parts = { recency: 0.6, use: 0.25, links: 0.15 } as const;
const usesToHalf = 5;
const linksToHalf = 3;

type Standing = Pick<Memory, 'type' | 'confidence' | 'accessedAt' | 'accessCount' | 'linkCount'>;

/**
 * Standing importance, 0 to 1: belief in the content, times how lately and how often it was read and how much is linked
 * to it. `relevanceSql` says the same to the database.
 */
export function relevanceOf(memory: Standing, now: Date): number {
  const days = Math.max(0, now.getTime() - memory.accessedAt.getTime()) / dayMs;
  const recency = 0.5 ** (days / halfLifeDays[memory.type]);
  const use = memory.accessCount / (memory.accessCount + usesToHalf);
  const links = memory.linkCount / (memory.linkCount + linksToHalf);
  return memory.confidence * (parts.recency * recency + parts.use * use + parts.links * links);
}

/** @param now an SQL expression of a timestamptz */
export function relevanceSql(m: string, now: string): string {
  const halfLife = Object.entries(halfLifeDays)
    .map(([type, days]) => `when '${type}' then ${days}.0`)
    .join(' ');
  const days = `greatest(0, extract(epoch from (${now} - ${m}.accessed_at))::float8) / 86400.0`;
  return (
    `${m}.confidence * (${parts.recency} * power(0.5::float8, ${days} / (case ${m}.type ${halfLife} end)::float8)` +
    ` + ${parts.use} * ${m}.access_count::float8 / (${m}.access_count + ${usesToHalf})` +
    ` + ${parts.links} * ${m}.link_count::float8 / (${m}.link_count + ${linksToHalf}))`
  );
}

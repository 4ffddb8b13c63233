/**
 * All keys of a bus share one hash tag, so that one script and one XREAD may name several of them in a cluster too.
 * @param namespace keeps systems that share one Redis apart
 */
export const redisKeys = (namespace: string) => ({
  /** A random word that lives as long as the data: another one, or none, means that Redis was emptied. */
  generation: `{${namespace}:bus}:generation`,
  stream: (topic: string) => `{${namespace}:bus}:stream:${topic}`,
  /** How many events the topic has had in this generation: the number of its newest entry. */
  count: (topic: string) => `{${namespace}:bus}:count:${topic}`,
  /** Ends this process's blocking read early. */
  wake: (processId: string) => `{${namespace}:bus}:wake:${processId}`,
});
export type RedisKeys = ReturnType<typeof redisKeys>;

/**
 * Appends a batch, whole or not at all as far as a reader can see. Entries carry the generation and their number in
 * the topic, so that a reader knows of every entry that it did not get, for whatever reason it is gone.
 * KEYS: generation, then stream and count of each topic. ARGV: a new generation, entries kept, milliseconds kept, then
 * for each event the place of its topic (1, 2 …) and its JSON.
 */
export const publishScript = `
redis.call('SET', KEYS[1], ARGV[1], 'NX')
local generation = redis.call('GET', KEYS[1])
for i = 4, #ARGV, 2 do
  local stream = KEYS[2 * ARGV[i]]
  local count = KEYS[2 * ARGV[i] + 1]
  local n = redis.call('INCR', count)
  redis.call('XADD', stream, 'MAXLEN', '~', ARGV[2], '*', 'g', generation, 'n', n, 'e', ARGV[i + 1])
end
for i = 2, #KEYS do redis.call('PEXPIRE', KEYS[i], ARGV[3]) end
return generation
`;

/** Where a topic stands at one instant. KEYS: generation, count. ARGV: a new generation. */
export const positionScript = `
redis.call('SET', KEYS[1], ARGV[1], 'NX')
local time = redis.call('TIME')
return { redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2]) or '0', time[1], time[2] }
`;

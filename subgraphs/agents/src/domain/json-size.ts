import { badInput } from '@agentos/kernel';

/**
 * The value itself, where its JSON is not too long.
 * @param max characters
 * @throws AgentOSError BAD_USER_INPUT naming `field`
 */
export function requireJson(value: unknown, field: string, max: number): unknown {
  const text = JSON.stringify(value ?? null);
  if (text.length > max) throw badInput(`${field} is longer than ${max} characters of JSON.`, field);
  if (text.includes('\\u0000')) throw badInput(`${field} holds a NUL character, which cannot be stored.`, field);
  return value ?? null;
}

import { badInput } from './errors.js';

/**
 * The text itself, where it can be stored and is not too long.
 * PostgreSQL holds no NUL and UTF-8 no lone surrogate, so both are refused by name rather than failing below.
 * @param max in UTF-16 code units
 * @throws AgentOSError BAD_USER_INPUT naming `field`
 */
export function requireText(value: string, field: string, options: { min?: number; max: number }): string {
  const min = options.min ?? 0;
  if (value.length > options.max) throw badInput(`${field} is longer than ${options.max} characters.`, field);
  if (min > 0 && value.trim().length < min) throw badInput(`${field} must not be empty.`, field);
  if (value.includes('\0')) throw badInput(`${field} holds a NUL character, which cannot be stored.`, field);
  if (!value.isWellFormed()) throw badInput(`${field} is not well-formed Unicode (a surrogate stands alone).`, field);
  return value;
}

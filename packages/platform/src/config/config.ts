import { z } from 'zod';

/** Every variable that the server reads, in one place; see docs/configuration.md. */
const port = z.coerce.number().int().min(0).max(65535);
const milliseconds = z.coerce.number().int().min(0).max(3_600_000);
const flag = z.enum(['true', 'false', '1', '0']).transform((value) => value === 'true' || value === '1');
const url = (...protocols: string[]) =>
  z.string().refine(
    (value) => {
      try {
        return protocols.includes(new URL(value).protocol.slice(0, -1));
      } catch {
        return false;
      }
    },
    { message: `must be a URL that starts with ${protocols.map((protocol) => `${protocol}://`).join(' or ')}` },
  );

const schema = z.object({
  AGENTOS_MODE: z.enum(['embedded', 'full']).default('embedded'),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: port.default(4000),
  AGENTOS_DATA_DIR: z.string().min(1).default('.agentos'),
  AGENTOS_BOOTSTRAP_API_KEY: z.string().min(16, 'must have at least 16 characters').max(256).optional(),
  AGENTOS_INTERNAL_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  SHUTDOWN_GRACE_MS: milliseconds.default(10_000), // 10 seconds
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  DATABASE_URL: url('postgres', 'postgresql').optional(),
  DATABASE_POOL_MAX: z.coerce.number().int().min(1).max(1000).default(20),
  REDIS_URL: url('redis', 'rediss').optional(),
  WEAVIATE_URL: url('http', 'https').optional(),
  DOCKER_HOST: url('unix', 'tcp', 'http', 'https', 'npipe', 'ssh').optional(),
  S3_ENDPOINT: url('http', 'https').optional(),
  S3_BUCKET: z.string().min(3).max(63).default('agentos'),
  AWS_REGION: z.string().default('us-east-1'),
  OPENAI_BASE_URL: url('http', 'https').optional(),
  KAFKA_BROKERS: z.string().optional(),
  INFLUX_URL: url('http', 'https').optional(),
  AGENTOS_PROJECT_ROOTS: z.string().default(''),
  AGENTOS_ALLOW_PRIVATE_GIT_HOSTS: flag.default(false),
  AGENTOS_EXECUTION_CONCURRENCY: z.coerce.number().int().min(1).max(10_000).optional(),
  AGENTOS_SUBGRAPH_MEMORY_URL: url('http', 'https').optional(),
  AGENTOS_SUBGRAPH_EXECUTION_URL: url('http', 'https').optional(),
  AGENTOS_SUBGRAPH_LEARNING_URL: url('http', 'https').optional(),
  AGENTOS_SUBGRAPH_PROJECTS_URL: url('http', 'https').optional(),
  AGENTOS_SUBGRAPH_SECURITY_URL: url('http', 'https').optional(),
  AGENTOS_SUBGRAPH_AGENTS_URL: url('http', 'https').optional(),
  AGENTOS_SUBGRAPH_PLUGINS_URL: url('http', 'https').optional(),
});

export type Environment = z.infer<typeof schema>;

/** Every variable that `readConfig` looks at. */
export const variableNames: readonly string[] = Object.keys(schema.shape);

/** Thrown once, before anything has started, with every wrong variable in its message. */
export class ConfigurationError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The configuration is wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigurationError';
  }
}

/**
 * Reads and checks the environment. A variable that is set but empty counts as not set.
 * @throws ConfigurationError naming every variable at fault
 */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Environment {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = schema.safeParse(given);
  const problems = parsed.success
    ? missingInFullMode(parsed.data)
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  if (problems.length > 0 || !parsed.success) throw new ConfigurationError(problems);
  return parsed.data;
}

/** Parts that can be named already and that this version does not use yet; a start that names one says so. */
const partsToCome = ['WEAVIATE_URL', 'OPENAI_BASE_URL', 'KAFKA_BROKERS', 'INFLUX_URL'] as const;

export const namedButUnused = (config: Environment): string[] =>
  partsToCome.filter((name) => config[name] !== undefined);

/** Full mode spreads over processes, which can share no embedded database and trust no unsigned caller. */
function missingInFullMode(config: Environment): string[] {
  if (config.AGENTOS_MODE !== 'full') return [];
  const required = ['DATABASE_URL', 'REDIS_URL', 'AGENTOS_INTERNAL_SECRET'] as const;
  return required
    .filter((name) => config[name] === undefined)
    .map((name) => `${name}: required where AGENTOS_MODE=full`);
}

import { appendFileSync } from 'node:fs';
import { describe, test } from 'vitest';

/** Real services that tests may need, where each one's address is read from, and how it looks. */
const services = {
  redis: { variable: 'TEST_REDIS_URL', example: 'redis://127.0.0.1:6379' },
  postgres: { variable: 'TEST_DATABASE_URL', example: 'postgres://postgres@127.0.0.1:5432/postgres' },
  s3: { variable: 'TEST_S3_ENDPOINT', example: 'http://127.0.0.1:7070' },
  docker: { variable: 'TEST_DOCKER_HOST', example: 'unix:///var/run/docker.sock' },
  chromium: { variable: 'TEST_CHROMIUM', example: '/usr/bin/chromium' },
  compose: { variable: 'TEST_COMPOSE', example: 'docker-compose' },
} as const;

export type ServiceName = keyof typeof services;

/**
 * The address of a real service. Where it is missing the caller skips, and the path in `AGENTOS_TEST_SKIPS` gets a line
 * that says what could not be tested, for `npm test` to print at its end.
 * @param title what is not tested without it @default everything that needs the service
 * @throws Error with CI=true, where nothing may be left untested
 */
export function requireService(name: ServiceName, title = `what needs ${name}`): string | undefined {
  const { variable } = services[name];
  const address = process.env[variable];
  if (address) return address;
  const reason = missing(name);
  if (process.env.CI === 'true') throw new Error(`${title} cannot be tested: ${reason}`);
  const file = process.env.AGENTOS_TEST_SKIPS;
  if (file) appendFileSync(file, `${title}: ${reason}\n`); // one write of a short line: whole, also from several workers
  return undefined;
}

/** A suite against a real service; without the service it is one skipped test that says why. */
export function describeWithService(name: ServiceName, title: string, suite: (address: string) => void): void {
  const address = requireService(name, title);
  describe(title, () => {
    if (address) suite(address);
    else test.skip(`not tested: ${missing(name)}`, () => {});
  });
}

const missing = (name: ServiceName) => {
  const { variable, example } = services[name];
  return `no ${name}; set ${variable}, for example to ${example}`;
};

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { readConfig } from '@agentos/platform';
import { requireService } from '@agentos/platform/testing';
import { beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const compose = requireService('compose', 'docker-compose.yml');

const stores = ['postgres', 'redis', 'weaviate'];
const subgraphs = ['security', 'agents', 'projects', 'memory', 'execution', 'learning', 'plugins'];
const servers = [...subgraphs, 'gateway'];

const secrets = {
  AGENTOS_BOOTSTRAP_API_KEY: 'aos-test-0123456789abcdef',
  AGENTOS_INTERNAL_SECRET: '0123456789abcdef0123456789abcdef',
  AGENTOS_DATABASE_PASSWORD: 'databasepassword',
  AGENTOS_REDIS_PASSWORD: 'redispassword',
  AGENTOS_DOCKER_GID: '999',
};

describe.skipIf(compose === undefined)('docker-compose.yml', () => {
  let services: Map<string, string>;

  beforeAll(() => {
    const { status, stdout, stderr } = run(['config'], secrets);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    services = sections(stdout);
  });

  test('is accepted by the real tool, with the stores, the gateway and each subgraph as services', () => {
    expect([...services.keys()].sort()).toEqual([...stores, ...servers].sort());
  });

  test.each(Object.keys(secrets))('does not start without %s, and says so', (name) => {
    const { status, stderr } = run(['config'], { ...secrets, [name]: '' });
    expect(status).not.toBe(0);
    expect(stderr).toContain('set it to');
  });

  test('every service has a health check; that of the servers asks /readyz', () => {
    for (const [name, text] of services) expect(text, name).toMatch(/^ {4}healthcheck:$/m);
    for (const name of servers) expect(services.get(name), name).toContain('/readyz');
  });

  test('only the gateway is reachable from outside, by default from this host alone', () => {
    const published = [...services].filter(([, text]) => /^ {4}ports:$/m.test(text)).map(([name]) => name);
    expect(published).toEqual(['gateway']);
    expect(services.get('gateway')).toContain('127.0.0.1');
  });

  test('subgraphs wait for healthy stores, the gateway for healthy subgraphs', () => {
    for (const name of subgraphs) expect(waitsFor(services.get(name)), name).toEqual(stores);
    expect(waitsFor(services.get('gateway'))).toEqual([...subgraphs].sort());
  });

  test('each server gets a configuration that it accepts, and starts as itself', () => {
    for (const name of servers) {
      const text = services.get(name) ?? '';
      const config = readConfig(environment(text));
      expect(config.AGENTOS_MODE, name).toBe('full');
      expect(new URL(config.DATABASE_URL ?? '').password, name).toBe(secrets.AGENTOS_DATABASE_PASSWORD);
      expect(new URL(config.REDIS_URL ?? '').password, name).toBe(secrets.AGENTOS_REDIS_PASSWORD);
      const command = name === 'gateway' ? '    - serve\n' : `    - serve\n    - ${name}\n`;
      expect(text, name).toMatch(new RegExp(`^ {4}command:\\n${command}(?! {4}-)`, 'm'));
    }
  });

  test('the gateway knows the address of each subgraph', () => {
    const config = environment(services.get('gateway') ?? '');
    for (const name of subgraphs) {
      expect(config[`AGENTOS_SUBGRAPH_${name.toUpperCase()}_URL`]).toBe(`http://${name}:4000/graphql`);
    }
  });
});

function run(args: readonly string[], env: Readonly<Record<string, string>>) {
  const [command = '', ...before] = (compose ?? '').split(' ');
  return spawnSync(command, [...before, ...args], {
    cwd: root,
    encoding: 'utf8',
    // Nothing of this machine's environment, so that a secret set here can't hide one that is missing.
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
  });
}

/** The text of each service in what `config` prints: two-space YAML without anchors, in one order. */
function sections(yaml: string): Map<string, string> {
  const body = /^services:\n((?: .*\n)+)/m.exec(yaml)?.[1] ?? '';
  return new Map(body.split(/^(?= {2}\S)/m).map((text) => [/^ {2}(\S+):/.exec(text)?.[1] ?? '', text]));
}

function environment(text: string): Record<string, string> {
  const block = /^ {4}environment:\n((?: {6}.*\n)+)/m.exec(text)?.[1] ?? '';
  return Object.fromEntries(
    [...block.matchAll(/^ {6}(\w+): (?:'(.*)'|"(.*)"|(.*))$/gm)].map((m) => [m[1], m[2] ?? m[3] ?? m[4] ?? '']),
  );
}

function waitsFor(text = ''): string[] {
  const block = /^ {4}depends_on:\n((?: {6}.*\n)+)/m.exec(text)?.[1] ?? '';
  return [...block.matchAll(/^ {6}(\S+):\n {8}condition: service_healthy$/gm)].map((m) => m[1] ?? '').sort();
}

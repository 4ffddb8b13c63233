// Builds the images that sandboxes start from: `npm run sandbox:build [-- python nodejs bash] [--from=packages|dockerfiles] [--force]`.
// From Debian packages where mmdebstrap is installed (no image registry is needed), else from deploy/images/sandbox-*.Dockerfile.
// The Docker daemon is the one of DOCKER_HOST. An image that is already built from the same recipe is left alone.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** What Debian calls the runtime of each image; both ways of building give the same commands on PATH. */
const images = {
  bash: { packages: [], proves: ['bash', '-c', 'echo $BASH_VERSION'] },
  python: { packages: ['python3'], proves: ['python3', '--version'] },
  nodejs: { packages: ['nodejs'], proves: ['node', '--version'] },
};

/** Applies to both ways: no program runs as root, whatever the daemon is asked for. */
const settings = ['USER 65534:65534', 'WORKDIR /work', 'ENV LANG=C.UTF-8', 'ENV HOME=/work', 'CMD ["/bin/bash"]'];

/** Left out of the packages: nobody reads manuals in a sandbox, and 40 % less is a faster build. */
const leftOut = [
  '/usr/share/doc/*',
  '/usr/share/man/*',
  '/usr/share/info/*',
  '/usr/share/locale/*',
  '/usr/share/lintian/*',
];

/** In the finished tree: no way up to root, no trace of the machine that built it, a folder to work in. */
const finish = [
  'find "$1" -xdev -type f -perm /6000 -exec chmod a-s {} +',
  'rm -rf "$1"/etc/apt/sources.list* "$1"/var/log/* "$1"/etc/resolv.conf "$1"/etc/hostname',
  'mkdir -p "$1"/work && chown 65534:65534 "$1"/work',
];

const options = new Set(process.argv.slice(2).filter((word) => word.startsWith('--')));
const named = process.argv.slice(2).filter((word) => !word.startsWith('--'));
for (const name of named)
  if (!(name in images)) fail(`No such image: ${name}. There are ${Object.keys(images).join(', ')}.`);
for (const option of options) {
  if (!['--force', '--from=packages', '--from=dockerfiles'].includes(option)) fail(`No such option: ${option}.`);
}

if (run('docker', ['version']).status !== 0) {
  fail('No Docker daemon answers. Start Docker, or set DOCKER_HOST; without it AgentOS uses the next weaker sandbox.');
}
const fromPackages =
  options.has('--from=packages') ||
  (!options.has('--from=dockerfiles') && run('mmdebstrap', ['--version']).status === 0);

for (const name of named.length > 0 ? named : Object.keys(images)) {
  const started = Date.now();
  const built = await (fromPackages ? buildFromPackages(name) : buildFromDockerfile(name));
  const version = prove(name);
  console.log(
    `agentos/sandbox-${name}: ${built ? `built in ${Math.round((Date.now() - started) / 1000)} s` : 'up to date'} (${version})`,
  );
}

/** @returns false when the image of this recipe is there already. */
async function buildFromPackages(name) {
  const recipe = fingerprint({ way: 'packages', name, images: images[name], settings, leftOut, finish });
  if (isBuilt(name, recipe)) return false;

  const sources = debianSources();
  const tree = join(cacheFolder(), `sandbox-${name}-${recipe}.tar`);
  if (!existsSync(tree) || options.has('--force')) {
    const partial = `${tree}.${process.pid}.tar`;
    await stream('mmdebstrap', [
      '--quiet',
      '--variant=essential',
      ...(images[name].packages.length > 0 ? [`--include=${images[name].packages.join(',')}`] : []),
      ...leftOut.map((path) => `--dpkgopt=path-exclude=${path}`),
      ...finish.map((hook) => `--customize-hook=${hook}`),
      'bookworm',
      partial,
      ...sources,
    ]);
    renameSync(partial, tree);
  }
  const changes = [...settings, `LABEL agentos.recipe=${recipe}`].flatMap((line) => ['--change', line]);
  await stream('docker', ['import', ...changes, tree, `agentos/sandbox-${name}`]);
  if (!process.env['AGENTOS_SERVICES_CACHE']) rmSync(tree);
  return true;
}

/** @returns false when the image of this recipe is there already. */
async function buildFromDockerfile(name) {
  const file = join(root, 'deploy', 'images', `sandbox-${name}.Dockerfile`);
  const recipe = fingerprint({ way: 'dockerfile', text: readFileSync(file, 'utf8') });
  if (isBuilt(name, recipe)) return false;
  // The folder of Dockerfiles is the whole build context: the images hold nothing of the project.
  await stream('docker', [
    'build',
    '--label',
    `agentos.recipe=${recipe}`,
    '--tag',
    `agentos/sandbox-${name}`,
    '--file',
    relative(process.cwd(), file),
    relative(process.cwd(), dirname(file)) || '.',
  ]);
  return true;
}

function isBuilt(name, recipe) {
  if (options.has('--force')) return false;
  const found = run('docker', [
    'image',
    'inspect',
    '--format',
    '{{index .Config.Labels "agentos.recipe"}}',
    `agentos/sandbox-${name}`,
  ]);
  return found.status === 0 && found.stdout.trim() === recipe;
}

/** Runs the image as sandboxes do (no network, no capability); the version it prints is the proof that it works. */
function prove(name) {
  const flags = ['--rm', '--network=none', '--cap-drop=ALL', '--security-opt=no-new-privileges', '--read-only'];
  const result = run('docker', ['run', ...flags, `agentos/sandbox-${name}`, ...images[name].proves]);
  if (result.status !== 0) fail(`agentos/sandbox-${name} does not run: ${result.stderr.trim()}`);
  return result.stdout.trim();
}

/** The Debian mirrors this machine's own apt uses, so that a site with a mirror or proxy of its own needs no setting here. */
function debianSources() {
  const format = '$(LABEL) $(REPO_URI) $(CODENAME) $(COMPONENT)';
  const targets = run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']).stdout ?? '';
  const lines = targets
    .split('\n')
    .map((line) => /^(Debian|Debian-Security) (\S+) (bookworm\S*) (main)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, , uri, suite, component]) => `deb ${uri} ${suite} ${component}`);
  return lines.some((line) => / bookworm main$/.test(line)) ? [...new Set(lines)] : [];
}

/** Trees are kept where CI keeps what it installs, and nowhere else. */
function cacheFolder() {
  const folder = process.env['AGENTOS_SERVICES_CACHE'];
  if (!folder) return tmpdir();
  const images = join(folder, 'images');
  mkdirSync(images, { recursive: true });
  return images;
}

function fingerprint(recipe) {
  return createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 16);
}

/** Runs a command to its end and keeps what it says. */
function run(command, args) {
  return spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Runs a command that takes long; its output is shown only when it fails. */
async function stream(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = [];
  child.stdout.on('data', (chunk) => said.push(chunk));
  child.stderr.on('data', (chunk) => said.push(chunk));
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) fail(`${command} ended with ${code}:\n${Buffer.concat(said).toString().slice(-4000)}`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

// Installs the workspace (pnpm through npx, frozen lockfile) and builds it. A second call does only what has changed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const stamp = `${root}node_modules/.setup-stamp`;
const windows = process.platform === 'win32';

const [major] = process.versions.node.split('.').map(Number);
if (major < 20) {
  console.error(`Node ${process.versions.node} is too old: install Node 20 or newer.`);
  process.exit(1);
}

function run(what, command, args) {
  const started = Date.now();
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    shell: windows,
    maxBuffer: 1 << 28,
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', ONNXRUNTIME_NODE_INSTALL: 'skip' },
  });
  if (status !== 0) {
    console.error(`${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`);
    console.error(`Setting up failed: ${what}.`);
    process.exit(1);
  }
  console.log(`${what}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** Hash of everything that determines the installed packages: if it is unchanged, there is nothing to install. */
function manifestHash() {
  const hash = createHash('sha256');
  const manifests = readdirSync(`${root}packages`).map((name) => `packages/${name}/package.json`);
  for (const file of ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests]) {
    if (existsSync(root + file)) hash.update(readFileSync(root + file));
  }
  return hash.digest('hex');
}

const { packageManager } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
const hash = manifestHash();
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== hash) {
  run('installing', 'npx', ['--yes', packageManager, 'install', '--frozen-lockfile', '--reporter=append-only']);
  writeFileSync(stamp, hash);
}
const bin = `${root}node_modules/.bin/`;
process.env.PATH = `${bin}${windows ? ';' : ':'}${process.env.PATH}`;
run('building', `${bin}turbo`, ['run', 'build', '--output-logs=errors-only']);

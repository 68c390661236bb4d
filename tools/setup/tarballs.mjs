// Packs the built packages as npm would publish them: one tarball each, and one of the commands with all their packages.
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const SCOPE = '@nnunet/';

/** Manifests of the packages, by folder. */
export const manifests = new Map(
  readdirSync(`${root}packages`).map((folder) => [
    folder,
    JSON.parse(readFileSync(`${root}packages/${folder}/package.json`, 'utf8')),
  ]),
);

/** Folders of the packages that are published. */
export const published = [...manifests].filter(([, manifest]) => !manifest.private).map(([folder]) => folder);

/** Packages and all of this workspace that they need; `optional`: and what they make use of if it is there. */
export function withDependencies(names, { optional = false } = {}) {
  const found = new Set(names);
  for (const name of found) {
    const { dependencies, peerDependencies } = manifests.get(name);
    for (const dependency of Object.keys({ ...dependencies, ...(optional && peerDependencies) }))
      if (dependency.startsWith(SCOPE)) found.add(dependency.slice(SCOPE.length));
  }
  return [...found].sort();
}

/** File name of a package's tarball. */
export function tarballOf(name) {
  return `nnunet-${name}-${manifests.get(name).version}.tgz`;
}

/** File name of the tarball of the commands. */
export const commandsTarball = `nnunet-${manifests.get('cli').version}.tgz`;

/** Packs every published package into a folder. @throws Error with the output of pnpm */
export function packPackages(folder) {
  const filters = published.flatMap((name) => ['--filter', `./packages/${name}`]);
  run(`${root}node_modules/.bin/pnpm`, ['--recursive', ...filters, 'pack', '--pack-destination', folder], root);
}

/**
 * Packs the commands with all packages of this workspace that they need inside, so that any package manager installs them
 * from the one file. Others come from the registry. The tarballs of the packages must lie in the same folder.
 */
export function packCommands(folder) {
  const work = mkdtempSync(join(tmpdir(), 'nnunet-commands-'));
  try {
    const cli = extract(join(folder, tarballOf('cli')), join(work, 'cli'));
    const inside = withDependencies(['cli'], { optional: true }).filter((name) => name !== 'cli');
    const dependencies = {};
    for (const name of inside) {
      const own = extract(join(folder, tarballOf(name)), join(cli, 'node_modules', SCOPE, name));
      const { dependencies: needed, peerDependencies: _, peerDependenciesMeta: __, ...manifest } = manifestIn(own);
      dependencies[SCOPE + name] = manifest.version;
      Object.assign(dependencies, thirdParty(needed));
      // npm takes for granted that what a package inside needs is inside, too.
      writeManifest(own, manifest);
    }
    const manifest = manifestIn(cli);
    Object.assign(dependencies, thirdParty(manifest.dependencies));
    writeManifest(cli, { ...manifest, dependencies, bundleDependencies: inside.map((name) => SCOPE + name) });
    run('npm', ['pack', '--pack-destination', work, '--ignore-scripts'], cli);
    renameSync(join(work, tarballOf('cli')), join(folder, commandsTarball));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * What is wrong with the files in a package's tarball: nothing belongs there but the built files, programs, schemas,
 * README, LICENSE and manifest.
 */
export function contentFaults(folder, name) {
  const tarball = tarballOf(name);
  const files = filesIn(join(folder, tarball));
  const missing = ['LICENSE', 'README.md', 'package.json', 'dist/index.js', 'dist/index.d.ts'].filter(
    (file) => !files.includes(file),
  );
  const surplus = files.filter((file) => !belongs(file));
  return [
    ...missing.map((file) => `${tarball}: ${file} is missing`),
    ...surplus.map((file) => `${tarball}: ${file} does not belong there`),
  ];
}

function belongs(file) {
  if (/^(LICENSE|README\.md|package\.json)$/.test(file)) return true;
  if (/^bin\/[\w-]+\.mjs$/.test(file) || /^(schemas\/)?[\w-]+\.schema\.json$/.test(file)) return true;
  // the site that nnUNet_export_web fills: a page, and ONNX Runtime
  if (/^dist\/browser\/(index\.html|onnxruntime-web\/[\w.-]+\.(mjs|wasm))$/.test(file)) return true;
  return /^dist\/.+(\.js|\.d\.ts|\.txt|\.css)$/.test(file) && !/\.(test|fixture)\./.test(file);
}

function filesIn(tarball) {
  return run('tar', ['-tzf', basename(tarball)], join(tarball, '..'))
    .split(/\r?\n/)
    .filter((line) => line !== '' && !line.endsWith('/'))
    .map((line) => line.replace(/^package\//, ''));
}

function extract(tarball, folder) {
  mkdirSync(folder, { recursive: true });
  run('tar', ['-xzf', tarball, '--strip-components=1'], folder);
  return folder;
}

function manifestIn(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

function writeManifest(folder, manifest) {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

function thirdParty(dependencies = {}) {
  return Object.fromEntries(Object.entries(dependencies).filter(([name]) => !name.startsWith(SCOPE)));
}

/** Size of a file in kB. */
export function kilobytes(file) {
  return Math.round(statSync(file).size / 1000);
}

function run(command, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    shell: process.platform === 'win32',
  });
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')}\n${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`);
  return stdout;
}
